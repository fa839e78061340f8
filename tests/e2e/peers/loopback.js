// SPDX-License-Identifier: MIT
// Every name is this machine: require it before what looks up names.
'use strict';
require('dns').lookup = (name, options, done) => {
	const answer = done || options;
	return options.all
		? answer(null, [{ address: '127.0.0.1', family: 4 }])
		: answer(null, '127.0.0.1', 4);
};
