# Computes every pooled result of the collection again in R's metafor, from the printed figures.
#
# `make crosscheck` calls it: Rscript scripts/crosscheck.R CONTRASTS.csv QUESTIONS.csv OUT.csv
#
# It is told which rows answer a question and which model was named for it, and nothing else. Every
# effect and variance is derived here anew, by metafor's escalc or by the formula written out, so
# that a mistake in the package's own derivations would show as a difference.
# Needs the package metafor and nothing else; installs nothing.

if (!requireNamespace("metafor", quietly = TRUE)) {
  message("R's package metafor is missing: install.packages(\"metafor\"), or Debian's r-cran-metafor")
  quit(status = 3)
}
suppressPackageStartupMessages(library(metafor))

given <- commandArgs(trailingOnly = TRUE)
text <- function(file) read.csv(file, colClasses = "character", na.strings = "", encoding = "UTF-8")
contrasts <- text(given[1])
rownames(contrasts) <- contrasts$contrast_id
questions <- text(given[2])
Z <- qnorm(0.975)

# --- From printed figures to effect and variance --------------------------------------------------

cell <- function(row, name) suppressWarnings(as.numeric(row[[name]]))
has <- function(row, ...) all(!is.na(unlist(row[c(...)])))
ARMS <- c("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c")
of_arms <- function(measure, row) {
  a <- lapply(ARMS, function(name) cell(row, name))
  e <- escalc(measure, m1i = a[[1]], sd1i = a[[2]], n1i = a[[3]], m2i = a[[4]], sd2i = a[[5]],
              n2i = a[[6]])
  c(as.numeric(e$yi), as.numeric(e$vi))
}

# A difference of means in the instrument's units: arms, else its interval, else its exact p value.
difference <- function(row) {
  if (has(row, ARMS)) return(of_arms("MD", row))
  d <- cell(row, "md")
  if (has(row, "md", "ci_low", "ci_high")) {
    return(c(d, ((cell(row, "ci_high") - cell(row, "ci_low")) / (2 * Z))^2))
  }
  df <- cell(row, "n_t") + cell(row, "n_c") - 2
  c(d, (d / qt(cell(row, "p_value") / 2, df, lower.tail = FALSE))^2)
}
on_0_100 <- function(row) {
  factor <- 100 / (cell(row, "scale_max") - cell(row, "scale_min"))
  difference(row) * c(factor, factor^2)
}

# 1 where lower is better; a row with a direction and no figure counts no way.
turn <- function(row) {
  if (is.na(row$lower_is_better) && is.na(row$md) && !has(row, ARMS)) return(1)
  ifelse(row$lower_is_better == "true", 1, -1)
}

# Hedges' g: metafor's where arms are printed, else the SD follows from the standard error.
exact_j <- function(m) exp(lgamma(m / 2) - lgamma((m - 1) / 2)) / sqrt(m / 2)
standardised <- function(row, signed_p) {
  if (has(row, ARMS)) return(of_arms("SMD", row))
  n <- c(cell(row, "n_t"), cell(row, "n_c"))
  raw <- if (has(row, "md")) difference(row) else c(NA, NA)
  if (anyNA(raw) && signed_p) {  # only a p value and the side it favours
    side <- c(favours_massage = -1, favours_comparator = 1)[[row$direction]]
    side <- side * turn(row)  # turned again below
    raw <- c(side, (1 / qt(cell(row, "p_value") / 2, sum(n) - 2, lower.tail = FALSE))^2)
  }
  d <- raw[1] / sqrt(raw[2] / sum(1 / n))
  g <- exact_j(sum(n) - 2) * d
  c(g, sum(1 / n) + g^2 / (2 * sum(n)))
}

log_ratio <- function(row) {
  counts <- c("events_t", "n_t", "events_c", "n_c")
  if (has(row, counts)) {
    a <- lapply(counts, function(name) cell(row, name))
    e <- escalc("RR", ai = a[[1]], n1i = a[[2]], ci = a[[3]], n2i = a[[4]], add = 1 / 2,
                to = "only0", drop00 = TRUE)
    return(c(as.numeric(e$yi), as.numeric(e$vi)))
  }
  ends <- log(c(cell(row, "ratio_ci_low"), cell(row, "ratio_ci_high")))
  c(log(cell(row, "ratio")), (diff(ends) / (2 * Z))^2)
}

# RevMan's g and variance, as Cochrane reviews print them.
revman_g <- function(row) {
  n <- c(cell(row, "n_t"), cell(row, "n_c")); s <- c(cell(row, "sd_t"), cell(row, "sd_c"))
  N <- sum(n)
  d <- (cell(row, "mean_t") - cell(row, "mean_c")) / sqrt(sum((n - 1) * s^2) / (N - 2))
  g <- d * (1 - 3 / (4 * N - 9))
  c(g, sum(1 / n) + g^2 / (2 * (N - 3.94)))
}

effect_of <- function(id, measure, style, signed_p) {
  row <- as.list(contrasts[id, ])
  if (style == "review") {  # the review's own orientation, units and software
    return(switch(measure, MD = of_arms("MD", row), SMD = revman_g(row), RR = log_ratio(row)))
  }
  e <- switch(measure, MD = on_0_100(row), SMD = standardised(row, signed_p), RR = log_ratio(row))
  e * c(turn(row), 1)
}

# --- Pooling --------------------------------------------------------------------------------------

METHODS <- c(PM = "PM", DL = "DL", REML = "REML", CE = "EE")
TESTS <- c(HKSJ = "knha", normal = "z")
fit <- function(y, v, method, test, level, ...) {
  # metafor's stopping rules are absolute; these suit tau2 of the size that the data can have
  control <- list(maxiter = 10000, threshold = 1e-14 * max(1, var(y)), tol = 1e-13, tau2.max = 1e9)
  suppressWarnings(rma(y, v, method = METHODS[[method]], test = TESTS[[test]], level = 100 * level,
                       control = control, ...))
}

one_study <- function(y, v, level) {
  reach <- qnorm((1 + level) / 2) * sqrt(v)
  c(k = 1, estimate = y, se = sqrt(v), ci_low = y - reach, ci_high = y + reach,
    p = 2 * pnorm(-abs(y) / sqrt(v)))
}

pooled <- function(y, v, method, test, level, ...) {
  if (length(y) == 1) return(one_study(y, v, level))
  m <- fit(y, v, method, test, level, ...)
  out <- c(k = m$k, estimate = as.numeric(m$beta), se = m$se, ci_low = m$ci.lb, ci_high = m$ci.ub,
           p = m$pval, tau2 = m$tau2, i2 = m$I2, q = m$QE, q_df = m$k - 1, q_p = m$QEp)
  if (method == "CE" || length(list(...))) return(out)
  around <- predict(m, level = 100 * level)
  wide <- confint(m, level = 100 * level,
                  control = list(tau2.max = 1e9, tol = 1e-13, maxiter = 10000))$random
  c(out, prediction_low = around$pi.lb, prediction_high = around$pi.ub,
    tau2_low = wide["tau^2", "ci.lb"], tau2_high = wide["tau^2", "ci.ub"],
    i2_low = wide["I^2(%)", "ci.lb"], i2_high = wide["I^2(%)", "ci.ub"])
}

# As RevMan: heterogeneity of risk ratios is measured about the Mantel-Haenszel estimate.
about_mantel_haenszel <- function(ids, y, v, level) {
  a <- lapply(c("events_t", "n_t", "events_c", "n_c"),
              function(name) as.numeric(contrasts[ids, name]))
  centre <- as.numeric(rma.mh(measure = "RR", ai = a[[1]], n1i = a[[2]], ci = a[[3]],
                              n2i = a[[4]])$beta)
  w <- 1 / v
  q <- sum(w * (y - centre)^2)
  tau2 <- max(0, (q - (length(y) - 1)) / (sum(w) - sum(w^2) / sum(w)))
  out <- pooled(y, v, "DL", "normal", level, tau2 = tau2)
  out["q"] <- q
  out["i2"] <- 100 * max(0, (q - (length(y) - 1)) / q)
  out
}

weights_of <- function(v, tau2) {
  w <- 1 / (v + ifelse(is.na(tau2), 0, tau2))
  100 * w / sum(w)
}

between <- function(y, v, group, level) {
  names <- unique(group)
  each <- lapply(names, function(g) pooled(y[group == g], v[group == g], "PM", "HKSJ", level))
  est <- sapply(each, function(one) one[["estimate"]])
  se <- sapply(seq_along(names), function(i) {  # normal-theory standard error of each group
    here <- v[group == names[i]]
    if (length(here) == 1) sqrt(here) else 1 / sqrt(sum(1 / (here + each[[i]][["tau2"]])))
  })
  test <- rma(est, sei = se, mods = ~ factor(seq_along(est)), method = "FE")
  out <- c(q_between = as.numeric(test$QM), df = length(est) - 1, p = as.numeric(test$QMp))
  for (i in seq_along(names)) {
    ends <- each[[i]][c("estimate", "ci_low", "ci_high")]
    out <- c(out, setNames(ends, paste(c("effect", "low", "high"), names[i], sep = "@")))
  }
  out
}

# --- Corrections for missing studies --------------------------------------------------------------

# metafor's optimiser stops at some six digits unless it is told to go on; the curvature, and so the
# interval, would need the package numDeriv.
GO_ON <- list(optimizer = "optim", optmethod = "Nelder-Mead", reltol = 1e-16, maxit = 100000)
selected <- function(m, weights, steps = c(0.025, 0.5)) {
  suppressWarnings(selmodel(m, type = "stepfun", alternative = "less", steps = steps,
                            delta = weights, skiphes = TRUE, control = GO_ON))
}

bias <- function(y, v, method, test, level) {
  line <- function(x) lm(y ~ x, weights = 1 / v)
  lines <- list(pet = line(sqrt(v)), peese = line(v))
  at_0 <- sapply(lines, function(one) coef(one)[[1]])
  p <- summary(lines$pet)$coefficients[1, 4]
  chosen <- lines[[ifelse(p < 0.1, "peese", "pet")]]
  ends <- confint(chosen, level = level)[1, ]
  plain <- rma(y, v, method = "ML", level = 100 * level)
  severe <- selected(plain, c(1, 0.4, 0.1))
  moderate <- selected(plain, c(1, 0.75, 0.5))
  out <- c(pooled(y, v, method, test, level), at_0, pet_peese = coef(chosen)[[1]],
           pet_peese_low = ends[[1]], pet_peese_high = ends[[2]],
           moderate = as.numeric(moderate$beta), severe = as.numeric(severe$beta),
           rosenthal = fsn(y, v, type = "Rosenthal")$fsnum)
  if (length(y) < 10) return(out)
  first <- fit(y, v, "DL", "normal", level)
  filled <- trimfill(first, estimator = "L0")
  again <- fit(as.numeric(filled$yi), as.numeric(filled$vi), method, test, level)
  free <- selected(plain, NA, steps = 0.025)
  c(out, egger_p = regtest(first, model = "lm")$pval, trim_and_fill = as.numeric(again$beta),
    selection = as.numeric(free$beta), selection_p = free$LRTp)
}

answer <- function(asked) {
  first <- asked[1, ]
  level <- as.numeric(first$level)
  each <- sapply(seq_len(nrow(asked)), function(i) {
    effect_of(asked$row_id[i], first$measure, first$style, identical(first$signed_p, "true"))
  })
  y <- each[1, ]; v <- each[2, ]
  if (first$task == "between") return(between(y, v, asked$group, level))
  if (first$task == "bias") return(bias(y, v, first$tau2, first$interval, level))
  counts <- first$style == "review" && first$measure == "RR" && first$tau2 == "DL"
  out <- if (counts) about_mantel_haenszel(asked$row_id, y, v, level)
         else pooled(y, v, first$tau2, first$interval, level)
  weights <- weights_of(v, unname(out["tau2"]))
  if (first$measure == "RR") {  # readers see ratios
    back <- intersect(names(out), c("estimate", "ci_low", "ci_high", "prediction_low",
                                    "prediction_high"))
    out[back] <- exp(out[back])
  }
  named <- function(what) paste(what, asked$row_id, sep = "@")
  c(out, n = sum(as.numeric(contrasts[asked$row_id, "n_t"]) +
                 as.numeric(contrasts[asked$row_id, "n_c"])),
    setNames(y, named("effect")), setNames(v, named("variance")), setNames(weights, named("weight")))
}

asked <- split(questions, factor(questions$id, levels = unique(questions$id)))
results <- lapply(asked, answer)
lines <- unlist(lapply(names(results), function(id) {
  values <- results[[id]]
  sprintf("%s,%s,%s", dQuote(id, FALSE), dQuote(names(values), FALSE), sprintf("%.17g", values))
}))
made_with <- c(sprintf('"made_with","R","%s"', paste(R.version$major, R.version$minor, sep = ".")),
               sprintf('"made_with","metafor","%s"', packageVersion("metafor")))
writeLines(c("id,quantity,value", made_with, lines), given[3], useBytes = TRUE)
