# Makes bias.json beside this file: what R's metafor and lm say about bias in small data sets.
# Run from anywhere: Rscript tests/reference/make_bias_reference.R
# Needs metafor only, and make_reference.R beside it, whose data it takes; the tests need no R.

suppressMessages(library(metafor))

here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)[1]))
num <- function(x) unname(as.numeric(x))
# The data of make_reference.R: its lines from "arms <-" to the end of "constructed".
lines <- readLines(file.path(here, "make_reference.R"))
eval(parse(text = lines[grep("^arms <-", lines):(grep("^# --- metafor", lines) - 1)]))
md <- function(a) {
  e <- escalc("MD", m1i = a$mean_t, sd1i = a$sd_t, n1i = a$n_t, m2i = a$mean_c, sd2i = a$sd_c,
              n2i = a$n_c)
  list(effect = num(e$yi), variance = num(e$vi))
}
studies <- list(neck_1_1 = md(neck$neck_1_1), neck_3_1 = md(neck$neck_3_1),
                asymmetric_left = constructed$asymmetric_left)

json <- function(x) {
  if (is.list(x)) {
    return(paste0("{", paste0("\"", names(x), "\": ", sapply(x, json), collapse = ", "), "}"))
  }
  values <- if (is.character(x)) paste0("\"", x, "\"") else ifelse(is.na(x), "null", sprintf("%.15g", x))
  if (length(values) == 1) values else paste0("[", paste(values, collapse = ", "), "]")
}

# Selection on one-sided p in the direction "less" (negative effects get published more easily).
# skiphes: the Hessian needs one package more; standard errors are not compared.
tight <- list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-15, maxit = 100000)
selection <- function(y, v, steps, delta = NULL) {
  m <- rma(y, v, method = "ML", control = list(maxiter = 10000, threshold = 1e-14))
  args <- list(m, type = "stepfun", alternative = "less", steps = steps, skiphes = TRUE,
               control = tight)
  if (!is.null(delta)) args$delta <- delta
  s <- do.call(selmodel, args)
  lapply(list(steps = steps, estimate = s$beta, tau2 = s$tau2, weights = s$delta,
              log_likelihood = logLik(s), unadjusted_estimate = m$beta, lrt = s$LRT,
              lrt_p = s$LRTp), num)
}
regression <- function(y, v) {
  one <- function(x) {
    f <- lm(y ~ x, weights = 1 / v)
    c <- summary(f)$coefficients
    i <- confint(f)
    lapply(list(estimate = c[1, 1], se = c[1, 2], p = c[1, 4], slope = c[2, 1], slope_p = c[2, 4],
                ci_low = i[1, 1], ci_high = i[1, 2]), num)
  }
  list(pet = one(sqrt(v)), peese = one(v))
}
failsafe <- function(y, v) {
  list(rosenthal = num(fsn(y, v, type = "Rosenthal")$fsnum),
       orwin = num(fsn(y, v, type = "Orwin", target = mean(y) / 4)$fsnum))
}

fixed <- list(moderate = c(1, 0.75, 0.5), severe = c(1, 0.4, 0.1))
out <- list(made_with = list(metafor = as.character(packageVersion("metafor")),
                             R = R.version$version.string),
            selection = list(), fixed = list(), regression = list(), failsafe = list())
for (name in c("neck_1_1", "neck_3_1", "asymmetric_left")) {
  y <- studies[[name]]$effect; v <- studies[[name]]$variance
  if (name != "neck_1_1") out$selection[[name]] <- selection(y, v, c(0.025, 1))
  out$fixed[[name]] <- lapply(fixed, function(d) selection(y, v, c(0.025, 0.5, 1), d))
  out$regression[[name]] <- regression(y, v)
  out$failsafe[[name]] <- failsafe(y, v)
}
write(json(out), file.path(here, "bias.json"))
