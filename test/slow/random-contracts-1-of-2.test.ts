import { testContracts } from '../support/random-contracts.js'

testContracts(0)
