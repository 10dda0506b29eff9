# Times a loop of rma() over many small meta-analyses, inside R: no process start, no reading of
# files. Usage: Rscript metafor_loop.R FILE METHOD ROUNDS. FILE has columns effect, variance, group.
# Prints one line: analyses, analyses that gave up, seconds of the fastest round.
suppressPackageStartupMessages(library(metafor))
arguments <- commandArgs(trailingOnly = TRUE)
rows <- read.csv(arguments[1])
studies <- split(rows[c("effect", "variance")], rows$group)
fit <- function(one) {
  tryCatch(suppressWarnings(rma(effect, variance, data = one, method = arguments[2], test = "knha")),
           error = function(e) NULL)
}
invisible(lapply(head(studies, 50), fit))  # compiled before the clock starts
seconds <- Inf
for (round in seq_len(as.integer(arguments[3]))) {
  time <- system.time(fits <- lapply(studies, fit))[["elapsed"]]
  seconds <- min(seconds, time)
}
cat(length(studies), sum(sapply(fits, is.null)), seconds, packageVersion("metafor") |> format(), "\n")
