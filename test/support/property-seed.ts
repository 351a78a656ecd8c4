import fc from 'fast-check'

/* Property tests try the same values in every run, so that a failure can be had again; RANDOM_SEED=<n> tries others. */
fc.configureGlobal({ seed: Number(process.env.RANDOM_SEED ?? 20261122) })
