"""The website: pages in plain words from what a run made, readable without a network."""

from analysis.publish.site.build import SiteError, build_site

__all__ = ["SiteError", "build_site"]
