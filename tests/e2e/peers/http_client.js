// SPDX-License-Identifier: MIT
// HTTP clients of Node, `http` or `undici`: the same errands.
//
// usage: http_client.js LIBRARY CA BODY-FILE URLS-AS-JSON
//
// Prints a JSON array: what was done, in order, and what went wrong.
'use strict';
const fs = require('fs');
const { Readable } = require('stream');
const [library, ca, bodyFile, urlsText] = process.argv.slice(2);
const urls = JSON.parse(urlsText);
const data = fs.readFileSync(bodyFile);
const done = [];

function check(what, good) {
	done.push(good ? what : `WRONG ${what}`);
}

function lookup(name, options, callback) {
	if (options.all) {
		callback(null, [{ address: '127.0.0.1', family: 4 }]);
	} else {
		callback(null, '127.0.0.1', 4);
	}
}

function parts() {
	const list = [];
	for (let at = 0; at < data.length; at += 10000) {
		list.push(data.subarray(at, at + 10000));
	}
	return Readable.from(list);
}

// ask(method, url, {headers, body}): {status, headers, body, reused}
function withHttp() {
	const agents = {};
	for (const name of ['http', 'https']) {
		agents[name + ':'] = new (require(name).Agent)({
			keepAlive: true, maxSockets: 4, lookup,
			ca: fs.readFileSync(ca) });
	}
	return (method, url, more = {}) => new Promise((resolve, reject) => {
		const protocol = new URL(url).protocol;
		const req = require(protocol.slice(0, -1)).request(url, {
			method, agent: agents[protocol], headers: more.headers });
		req.on('error', reject);
		req.on('response', (res) => {
			const got = [];
			res.on('data', (part) => got.push(part));
			res.on('error', reject);
			res.on('end', () => resolve({
				status: res.statusCode, headers: res.headers,
				body: Buffer.concat(got), reused: req.reusedSocket }));
		});
		if (more.body instanceof Readable) {
			more.body.pipe(req);
		} else {
			req.end(more.body);
		}
	});
}

function withUndici() {
	const { Agent, request } = require('undici');
	const dispatcher = new Agent({
		connections: 4, pipelining: 1,
		connect: { lookup, ca: fs.readFileSync(ca) } });
	let first = true;
	return async (method, url, more = {}) => {
		const res = await request(url, {
			method, dispatcher, headers: more.headers, body: more.body });
		const body = Buffer.from(await res.body.arrayBuffer());
		const reused = !first;
		first = false;
		return { status: res.statusCode, headers: res.headers, body, reused };
	};
}

async function main() {
	const ask = library === 'http' ? withHttp() : withUndici();
	const pages = [];
	for (let n = 0; n < 20; n++) {
		pages.push(await ask('GET', urls.page));
	}
	check('page', pages.every((r, n) => r.body.equals(Buffer.from('page\n')) &&
		(n === 0 || r.reused)));
	const post = async (url, body, headers) =>
		(await ask('POST', url, { body, headers })).body.equals(data);
	check('length', await post(urls.echo, data,
		{ 'content-length': String(data.length) }));
	check('chunks', await post(urls.echo, parts()));
	const head = await ask('HEAD', urls.file);
	check('head', head.headers['content-length'] === String(data.length) &&
		head.body.length === 0);
	const range = await ask('GET', urls.file,
		{ headers: { range: 'bytes=10-19' } });
	check('range', range.status === 206 &&
		range.body.equals(data.subarray(10, 20)));
	const moved = await ask('GET', urls.moved);
	check('redirect', moved.status === 301 && (await ask(
		'GET', moved.headers.location)).body.equals(data));
	check('proxy', (await ask('GET', urls.proxy + 'data')).body.equals(data));
	check('proxy chunked', (await ask(
		'GET', urls.proxy + 'chunked')).body.equals(data));
	check('proxy upload', await post(urls.proxy + 'echo', parts()));
	check('missing', (await ask('GET', urls.file + 'x')).status === 404);
	console.log(JSON.stringify(done));
	process.exit(0);
}

main().catch((error) => {
	console.log(JSON.stringify([...done, String(error.stack)]));
	process.exit(0);
});
