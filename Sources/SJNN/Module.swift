// SJNN
