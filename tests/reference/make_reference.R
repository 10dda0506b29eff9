# Makes metafor.json beside this file: what R's metafor says about a handful of small data sets.
# Run from anywhere: Rscript tests/reference/make_reference.R
# Needs metafor and jsonlite; the tests read the committed file and need no R.
# What the numbers are compared with, and how closely, stands in README.md beside this file.

suppressMessages(library(metafor))
library(jsonlite)

arms <- function(mean_t, sd_t, n_t, mean_c, sd_c, n_c) {
  list(mean_t = mean_t, sd_t = sd_t, n_t = n_t, mean_c = mean_c, sd_c = sd_c, n_c = n_c)
}

# --- Data -----------------------------------------------------------------------------------------
# Published: arms as printed in the Cochrane review "Massage for neck pain" (Gross et al. 2024,
# doi 10.1002/14651858.CD004871.pub5), its analyses 1.1, 2.1, 3.1 (pain, 0 to 100), 3.4 (function)
# and 1.2 (events).
neck <- list(
  neck_1_1 = arms(
    mean_t = c(48.7, 36, 42.4, 22.93, 32, 31.6, 41.34, 18.6),
    sd_t = c(10.8, 22, 19, 12.76, 22, 19, 27.53, 29.1328),
    n_t = c(20, 20, 25, 15, 30, 27, 57, 8),
    mean_c = c(55.2, 29, 44, 22.67, 38, 47.8, 41.65, 12.3),
    sd_c = c(10.5, 19, 20.5, 8.21, 26, 19.3, 28.79, 22.7803),
    n_c = c(20, 20, 25, 15, 31, 27, 57, 6)
  ),
  neck_2_1 = arms(
    mean_t = c(15, 17, 38.5, 25.2, 30.1, 13.6),
    sd_t = c(19, 20, 19.5, 12.8, 21.2, 18.5),
    n_t = c(20, 16, 9, 24, 46, 39),
    mean_c = c(37, 42, 59.5, 52.8, 48.1, 41.6),
    sd_c = c(21, 23, 17.4, 17, 21.3, 17.94),
    n_c = c(20, 11, 10, 26, 43, 35)
  ),
  neck_3_1 = arms(
    mean_t = c(24.62, 29, 24.5, 52.8, 9.67, 11.9, 17.5, 29.6, 28.5, 11.3, 16.3, 39.6),
    sd_t = c(22.7, 11.8, 15, 25.743, 6.52, 18.3412, 11.4, 28.3, 19.4, 7.4, 7.8, 18.7),
    n_t = c(15, 13, 30, 30, 15, 40, 12, 30, 22, 15, 28, 155),
    mean_c = c(33.4, 25, 37.2, 61, 20.71, 41.7, 31.8, 37.2, 26.9, 14, 21.4, 42.3),
    sd_c = c(20.53, 9, 19.5, 37.2451, 12.36, 30.6, 12.5, 25.6, 15.4, 9.7, 7, 18.2),
    n_c = c(15, 13, 30, 30, 15, 36, 11, 30, 22, 15, 28, 145)
  ),
  neck_3_4 = arms(
    mean_t = c(21.4, 27.19, 14.34, 15.06, 11.27, 16.06, 40.8),
    sd_t = c(8.6, 3.7, 7.12, 3.26, 4.5, 5.28, 39),
    n_t = c(13, 30, 12, 20, 15, 28, 155),
    mean_c = c(19, 31.88, 18.54, 24.16, 11.17, 19.2, 41),
    sd_c = c(7.4, 4.4, 13.28, 9.17, 10.82, 3.58, 39),
    n_c = c(13, 30, 11, 20, 15, 28, 142)
  )
)
neck_events <- list(
  events_t = c(43, 13, 7), n_t = c(57, 15, 27), events_c = c(39, 13, 16), n_c = c(57, 15, 27)
)

# Constructed, to reach the corners: empty cells; effect and variance made up.
corner_events <- list(
  events_t = c(0, 3, 0, 10, 10, 4), n_t = c(10, 10, 10, 10, 10, 12),
  events_c = c(3, 0, 0, 10, 7, 6), n_c = c(12, 10, 10, 10, 10, 11)
)
constructed <- list(
  no_heterogeneity = list(effect = c(1.0, 1.1, 0.9, 1.05, 0.95), variance = c(.1, .2, .3, .4, .5)),
  two_studies = list(effect = c(-0.9, 0.3), variance = c(0.04, 0.09)),
  huge_heterogeneity = list(effect = c(-900, 1400, 30, -20, 5000), variance = c(1, 4, 2, 9, 0.5)),
  uneven_variances = list(
    effect = c(0.2, 3.1, -0.4, 0.9, 1.7, 0.1), variance = c(1e-4, 2, 1e-2, 5, 0.3, 1e-3)
  ),
  asymmetric_left = list(
    effect = c(-0.10, -0.15, -0.12, -0.30, -0.25, -0.42, -0.38, -0.70, -0.55, -0.95, -0.81, -1.30,
               -0.05, -1.10),
    variance = c(.01, .012, .015, .03, .035, .06, .065, .11, .12, .18, .2, .3, .02, .26)
  ),
  asymmetric_right = list(
    effect = c(0.02, 0.11, 0.05, 0.24, 0.33, 0.29, 0.61, 0.57, 0.88, 1.21, -0.06),
    variance = c(.008, .011, .02, .025, .04, .07, .09, .14, .17, .31, .015)
  )
)

# --- metafor --------------------------------------------------------------------------------------
# metafor's tolerances are absolute; these are tight for tau2 of the size that the data can have.
fit <- function(y, v, method, test = "z", ...) {
  control <- list(maxiter = 10000, threshold = 1e-14 * max(1, var(y)), tol = 1e-13, tau2.max = 1e9)
  suppressWarnings(rma(y, v, method = method, test = test, control = control, ...))
}
methods <- c(PM = "PM", DL = "DL", REML = "REML", CE = "EE")
tests <- c(HKSJ = "knha", normal = "z")
num <- function(x) unname(as.numeric(x))

of_fit <- function(m) {
  p <- predict(m)
  common <- m$method == "EE"
  out <- list(
    k = m$k, estimate = num(m$beta), se = m$se, ci_low = m$ci.lb, ci_high = m$ci.ub, p = m$pval,
    tau2 = m$tau2, q = m$QE, q_df = m$k - 1, q_p = m$QEp, i2 = m$I2, weights = num(weights(m))
  )
  if (!common) {
    ci <- confint(m, control = list(tau2.max = 1e9, tol = 1e-13, maxiter = 10000))$random
    out <- c(out, list(
      prediction_low = p$pi.lb, prediction_high = p$pi.ub,
      tau2_low = ci["tau^2", "ci.lb"], tau2_high = ci["tau^2", "ci.ub"],
      i2_low = ci["I^2(%)", "ci.lb"], i2_high = ci["I^2(%)", "ci.ub"]
    ))
  }
  lapply(out, num)
}
pools <- function(y, v) {
  lapply(methods, function(method) lapply(tests, function(test) of_fit(fit(y, v, method, test))))
}
of_influence <- function(m) {
  i <- influence(m)
  keep <- c("rstudent", "dffits", "cook.d", "cov.r", "tau2.del", "QE.del", "hat", "weight")
  c(sapply(keep, function(column) num(i$inf[[column]]), simplify = FALSE),
    list(dfbs = num(i$dfbs[[1]]), influential = as.logical(i$is.infl)))
}
influences <- function(y, v) {
  lapply(methods, function(method) {
    lapply(tests, function(test) of_influence(fit(y, v, method, test)))
  })
}
of_leave_one_out <- function(y, v) {
  l <- leave1out(fit(y, v, "PM", "knha"))
  lapply(list(estimate = l$estimate, se = l$se, ci_low = l$ci.lb, ci_high = l$ci.ub, p = l$pval,
              q = l$Q, q_p = l$Qp, tau2 = l$tau2, i2 = l$I2), num)
}
of_subgroups <- function(y, v, group) {
  g <- factor(group, levels = unique(group))
  lapply(methods, function(method) {
    apart <- lapply(levels(g), function(x) fit(y[g == x], v[g == x], method))
    est <- sapply(apart, function(m) num(m$beta)); se <- sapply(apart, function(m) m$se)
    between <- rma(est, sei = se, mods = ~ factor(seq_along(est)), method = "FE")
    common <- fit(y, v, method, mods = model.matrix(~ g)[, -1])
    levels_z <- fit(y, v, method, mods = model.matrix(~ 0 + g), intercept = FALSE)
    levels_t <- fit(y, v, method, "knha", mods = model.matrix(~ 0 + g), intercept = FALSE)
    list(
      separate = list(q = num(between$QM), p = num(between$QMp)),
      common = list(
        q = num(common$QM), p = num(common$QMp), tau2 = num(common$tau2),
        estimate = num(levels_z$beta), se_normal = num(levels_z$se), se_hksj = num(levels_t$se),
        ci_low_hksj = num(levels_t$ci.lb), ci_high_hksj = num(levels_t$ci.ub)
      )
    )
  })
}
of_small_studies <- function(y, v) {
  e <- regtest(y, v, model = "lm")
  lm_fit <- summary(e$fit)$coefficients
  c(list(egger = lapply(list(
      t = e$zval, df = e$dfs, p = e$pval, limit = e$est, limit_low = e$ci.lb, limit_high = e$ci.ub,
      slope = lm_fit[2, 1], slope_se = lm_fit[2, 2]), num)),
    list(trim_and_fill = lapply(c(DL = "DL", CE = "EE"), function(method) {
      m <- trimfill(fit(y, v, method))  # version 3.8 drops test="knha" on the way
      list(filled = m$k0, side = m$side, effect = num(m$yi[m$fill]), variance = num(m$vi[m$fill]),
           estimate = num(m$beta), se = num(m$se), tau2 = num(m$tau2))
    })))
}

# --- Put together ---------------------------------------------------------------------------------
from_arms <- function(measure, a) {
  e <- do.call(escalc, c(list(measure = measure), setNames(a, c("m1i", "sd1i", "n1i", "m2i", "sd2i",
                                                                "n2i"))))
  list(effect = num(e$yi), variance = num(e$vi))
}
from_events <- function(a) {
  e <- do.call(escalc, c(list(measure = "RR", drop00 = TRUE),
                         setNames(a, c("ai", "n1i", "ci", "n2i"))))
  list(effect = num(e$yi), variance = num(e$vi))
}
studies <- c(
  list(neck_1_1 = from_arms("MD", neck$neck_1_1), neck_2_1 = from_arms("MD", neck$neck_2_1),
       neck_3_1 = from_arms("MD", neck$neck_3_1), neck_3_4 = from_arms("SMD", neck$neck_3_4),
       neck_1_2 = from_events(neck_events)),
  constructed
)
over <- function(names, f) sapply(names, function(n) f(studies[[n]]$effect, studies[[n]]$variance),
                                  simplify = FALSE)
mh <- rma.mh(measure = "RR", ai = neck_events$events_t, n1i = neck_events$n_t,
             ci = neck_events$events_c, n2i = neck_events$n_c)

reference <- list(
  made_with = list(metafor = as.character(packageVersion("metafor")), R = R.version$version.string),
  arms = neck,
  arm_effects = list(
    MD = lapply(neck, from_arms, measure = "MD"), SMD = lapply(neck, from_arms, measure = "SMD")
  ),
  events = list(neck_1_2 = c(neck_events, from_events(neck_events)),
                corners = c(corner_events, from_events(corner_events))),
  mantel_haenszel = list(effect = num(mh$beta), variance = num(mh$se)^2),
  studies = studies,
  pool = over(names(studies), pools),
  leave_one_out = over(c("neck_1_1", "neck_3_4", "uneven_variances"), of_leave_one_out),
  influence = over(c("neck_1_1", "neck_3_1", "uneven_variances", "huge_heterogeneity"), influences),
  subgroups = list(
    neck_1_1 = of_subgroups(studies$neck_1_1$effect, studies$neck_1_1$variance,
                            c("low", "low", "low", "low", "low", "high", "medium", "medium")),
    neck_3_1 = of_subgroups(studies$neck_3_1$effect, studies$neck_3_1$variance,
                            rep(c("passive", "active"), c(7, 5)))
  ),
  small_studies = over(c("neck_3_1", "asymmetric_left", "asymmetric_right"), of_small_studies)
)

here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)[1]))
write(toJSON(reference, auto_unbox = TRUE, digits = NA, na = "null", pretty = FALSE),
      file.path(here, "metafor.json"))
