import Foundation
import RunnerProtocol

/// The writing end of the protocol's pipe, found as a C library finds what it inherits.
enum Pipe {
    /// Its descriptor; 1 until the pipe is claimed.
    static var writingEnd: Int32 {
        for descriptor in Int32(3)..<64 {
            var status = stat()
            let flags = fcntl(descriptor, F_GETFL)
            guard flags >= 0, flags & O_ACCMODE == O_WRONLY, fstat(descriptor, &status) == 0 else {
                continue
            }
            if status.st_mode & S_IFMT == S_IFIFO { return descriptor }
        }
        return STDOUT_FILENO
    }

    /// Write bytes where only messages belong.
    static func say(_ bytes: [UInt8]) {
        let descriptor = writingEnd
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if sent < 0 { return }
            rest = rest.dropFirst(sent)
        }
    }

    static func say(_ text: String) { say(Array(text.utf8)) }

    /// Send a message nobody asked for.
    static func say(_ reply: Reply) {
        if let line = try? Codec.encode(reply) { say(line) }
    }
}

extension Fault {
    /// Bytes that are no message.
    static let noises: [String: Deed] = [
        "banner": saying(
            Array("a banner before anything ".utf8) + [0xFF] + Array("\n{not even json\n".utf8)),
        "banner-unended": saying("a banner without its line end: "),
        "deep": saying("{\"a\":" + String(repeating: "[", count: 100_000) + "\n"),
        "half-line": saying("{\"type\":\"loaded\",\"id\":1"),
        "long-line": {
            Pipe.say([UInt8](repeating: 0x78, count: 20 << 20) + [0x0A])
            return nil
        },
        "bad-utf8": saying(
            Array("{\"type\":\"failed\",\"id\":1,\"kind\":\"error\",\"message\":\"".utf8)
                + [0xFF, 0xFE] + Array("\"}\n".utf8)),
        "bare-nan": saying("{\"type\":\"loaded\",\"id\":1,\"seconds\":NaN,\"resolved\":{}}\n"),
        "ready-2": saying("{\"type\":\"ready\",\"protocol\":2,\"backend\":{\"new\":\"shape\"}}\n"),
        "ready-short": saying("{\"type\":\"ready\",\"protocol\":1}\n"),
    ]

    /// Messages that were not due.
    static let strayMessages: [String: Deed] = [
        "loaded": saying(.loaded(Loaded(id: 1, seconds: 1, resolved: [:]))),
        "loaded-77": saying(.loaded(Loaded(id: 77, seconds: 1, resolved: [:]))),
        "bye": saying(.bye(Bye(peakBytes: nil))),
        "refused": saying(.failed(Failed(id: -1, kind: .badRequest, message: "what was that?"))),
        "ready-shim": saying(.ready(ready("loopback", .shim))),
        "ready-other": saying(.ready(ready("other", .real))),
    ]

    private static func ready(_ backend: String, _ build: Ready.Build) -> Ready {
        Ready(backend: backend, library: "1.0", importSeconds: 0.1, pid: 1, build: build)
    }

    private static func saying(_ bytes: [UInt8]) -> Deed {
        {
            Pipe.say(bytes)
            return nil
        }
    }
    private static func saying(_ text: String) -> Deed {
        {
            Pipe.say(text)
            return nil
        }
    }
    private static func saying(_ reply: Reply) -> Deed {
        {
            Pipe.say(reply)
            return nil
        }
    }
}
