// SPDX-License-Identifier: MIT
// npm `mqtt` over wss://: subscribes, publishes, and prints as JSON what came
// back: URL CA.
'use strict';
require('./loopback.js');
const fs = require('fs');
const mqtt = require('mqtt');

const [url, ca] = process.argv.slice(2);
const payloads = [Buffer.from('short'), Buffer.alloc(0),
	Buffer.alloc(100000, 'long '), Buffer.from([0, 1, 255])];
const report = { got: 0, wrong: 0 };
const client = mqtt.connect(url, {
	reconnectPeriod: 0, connectTimeout: 120000,
	wsOptions: { ca: fs.readFileSync(ca) },
});

client.on('connect', () => {
	client.subscribe('penstock/#', { qos: 1 }, () => {
		payloads.forEach((payload, i) => client.publish(
			`penstock/${i}`, payload, { qos: i % 3 }));
	});
});
client.on('message', (topic, payload) => {
	const index = Number(topic.split('/')[1]);
	report.got += 1;
	report.wrong += payload.equals(payloads[index]) ? 0 : 1;
	if (report.got === payloads.length) {
		client.end(false, () => console.log(JSON.stringify(report)));
	}
});
client.on('error', (error) => {
	console.log(JSON.stringify({ error: error.message }));
	process.exit(1);
});
