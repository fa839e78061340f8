// SPDX-License-Identifier: MIT
// A WebSocket client's part in many conversations: LIBRARY CA. Takes one line
// of JSON, a list of jobs { id, url, kind, protocols, deflate, end }, holds
// some at a time, and prints a line of JSON for each.
'use strict';
require('./loopback.js');
const fs = require('fs');
const open = require('./openers.js');
const script = require('./script.js');

const [library, ca] = process.argv.slice(2);
const AT_ONCE = 4;

function talk(job) {
	return new Promise((done) => {
		let peer;
		const report = { id: job.id, wrong: 0, pongs: 0 };
		const finish = (more) => done(Object.assign(report, more));
		open[library](job.url, job, {
			opened(socket) {
				peer = socket;
				report.protocol = socket.protocol;
				report.deflate =
					/permessage-deflate/.test(socket.extensions);
				report.pings = socket.ping ? 1 : 0;
				script.begin(job, report, peer);
			},
			message: (data) => script.message(job, report, peer, data),
			pong() {
				report.pongs += 1;
				script.next(job, report, peer);
			},
			refused: (status, fields, body) => finish(
				{ status, fields, body }),
			failed: (error) => {
				report.error = error;
				if (!peer) {
					finish({});
				}
			},
			closed: (code, reason) => finish({ code, reason }),
		});
	});
}

async function all(jobs) {
	const waiting = jobs.slice();
	const hold = async () => {
		for (let job = waiting.shift(); job; job = waiting.shift()) {
			job.ca = ca ? fs.readFileSync(ca) : undefined;
			console.log(JSON.stringify(await talk(job)));
		}
	};
	await Promise.all(Array.from({ length: AT_ONCE }, hold));
	process.exit(0);
}

let input = '';
process.stdin.on('data', (part) => {
	input += part;
	if (input.endsWith('\n')) {
		all(JSON.parse(input));
	}
});
