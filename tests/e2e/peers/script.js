// SPDX-License-Identifier: MIT
// What a client says in a conversation, in Node and in a browser: messages of
// each kind, which must come back; a ping each way; who is at the other end;
// a close by either end. talk.py says the same.
'use strict';

const script = {
	bytes(size) {
		const data = new Uint8Array(size);
		for (let i = 0; i < size; i += 1) {
			data[i] = (i * 7) ^ (i >> 8);
		}
		return data;
	},

	messages() {
		const lines = Array.from({ length: 60000 }, (_, i) => `über ${i} 𝄞;`);
		return ['grüße ✓ 𝄞', '', script.bytes(0), script.bytes(126),
			lines.join(''), script.bytes(1 << 20)];
	},

	same(sent, got) {
		if (typeof sent === 'string' || typeof got === 'string') {
			return sent === got;
		}
		return sent.length === got.length &&
			sent.every((value, i) => value === got[i]);
	},

	begin(job, report, peer) {
		report.stage = 'echo';
		job.sent = job.kind === 'bytes' ? [script.bytes(1 << 20)]
			: script.messages();
		job.at = 0;
		job.got = [];
		job.sent.forEach((message) => peer.send(message));
	},

	message(job, report, peer, data) {
		if (job.kind === 'bytes') {
			script.part(job, report, peer, data);
		} else if (report.stage === 'echo') {
			report.wrong += script.same(job.sent[job.at], data) ? 0 : 1;
			job.at += 1;
			if (job.at === job.sent.length) {
				script.next(job, report, peer);
			}
		} else if (data === 'pong came') {
			report.stage = 'tell';
			peer.send('please tell');
		} else if (report.stage === 'tell') {
			report.told = JSON.parse(data);
			script.end(job, peer);
		} else {
			report.wrong += 1;
		}
	},

	// Behind the echo, or our ping: the other end's ping.
	next(job, report, peer) {
		if (peer.ping && report.stage === 'echo') {
			report.stage = 'ping';
			peer.ping('are you there');
			return;
		}
		report.stage = 'pinged';
		peer.send('please ping');
	},

	// Bytes come back as messages of any size.
	part(job, report, peer, data) {
		const sent = job.sent[0];
		if (typeof data === 'string' ||
			!script.same(sent.subarray(job.at, job.at + data.length),
				data)) {
			report.wrong += 1;
		}
		job.at += data.length;
		if (job.at >= sent.length) {
			report.told = null;
			script.end(job, peer);
		}
	},

	end(job, peer) {
		if (job.end === 'server') {
			peer.send('please close');
		} else if (job.end === 'client') {
			peer.close(4001, 'client is döne');
		} else {
			peer.close(1000);
		}
	},
};
if (typeof module === 'object') {
	module.exports = script;
}
