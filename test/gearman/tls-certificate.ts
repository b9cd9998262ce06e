/**
 * A self-signed certificate of localhost and 127.0.0.1, for tests of TLS in front of a job server; it protects
 * nothing. Made with: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500
 * -subj "/CN=roadrunner test" -addext "subjectAltName=DNS:localhost,IP:127.0.0.1"
 */
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBpzCCAU2gAwIBAgIUMn4KZ0rVgbjQ+9LX71FFY03bfrUwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPcm9hZHJ1bm5lciB0ZXN0MCAXDTI2MTEyNDEyMTk1OVoYDzIx
MjYxMDMxMTIxOTU5WjAaMRgwFgYDVQQDDA9yb2FkcnVubmVyIHRlc3QwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAATJ5DZBSQB+AmqqLOcU73nCCCPrbDO9s8tla8KC
KBWm/Yef9trwJUNthmCMz4P7qquttoKl+1dhw5Qd7MVe05kUo28wbTAdBgNVHQ4E
FgQUQyT7PC6uFthA5VckibWAbQFTXKEwHwYDVR0jBBgwFoAUQyT7PC6uFthA5Vck
ibWAbQFTXKEwDwYDVR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SH
BH8AAAEwCgYIKoZIzj0EAwIDSAAwRQIgfmLWZVRtOx7zhqh8J9ZYHNrjSagF6sZW
RlRFta8mzVMCIQCPNtp6eeXFC6zqR2g4BpW6s6CmYaJaLUjsOL2YwVz4jg==
-----END CERTIFICATE-----
`;

export const privateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgWDg/tOJ0LZiZk7Ku
h2rhzudbctd/iHCf5wwpwsi/xnKhRANCAATJ5DZBSQB+AmqqLOcU73nCCCPrbDO9
s8tla8KCKBWm/Yef9trwJUNthmCMz4P7qquttoKl+1dhw5Qd7MVe05kU
-----END PRIVATE KEY-----
`;
