import fc from 'fast-check'

// Left alone, fast-check takes the greatest length that an arbitrary is given for a limit hardly ever to be reached: ten
// or so, whatever it says. Here it is what a property wants to be tried with.
fc.configureGlobal({ defaultSizeToMaxWhenMaxSpecified: true })
