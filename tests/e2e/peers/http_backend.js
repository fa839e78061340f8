// SPDX-License-Identifier: MIT
// An HTTP server on Node's own `http`: files, chunks, echo, hints, trailers.
//
// usage: http_backend.js PORT FOLDER
'use strict';
const fs = require('fs');
const path = require('path');
const [port, folder] = process.argv.slice(2);

require('http').createServer((req, res) => {
	if (req.url === '/echo') {
		req.pipe(res);
	} else if (req.url === '/chunked') {
		res.writeHead(200, { Trailer: 'X-Sum' });
		fs.createReadStream(path.join(folder, 'data')).on('end', () => {
			res.addTrailers({ 'X-Sum': 'right' });
			res.end();
		}).pipe(res, { end: false });
	} else if (req.url === '/hints') {
		res.writeEarlyHints({ link: '</a.css>; rel=preload' });
		res.end('hinted\n');
	} else {
		fs.readFile(path.join(folder, path.basename(req.url)), (error, data) => {
			res.writeHead(error ? 404 : 200,
				{ 'Content-Length': error ? 0 : data.length });
			res.end(req.method === 'HEAD' ? undefined : data);
		});
	}
}).listen(Number(port), '127.0.0.1');
