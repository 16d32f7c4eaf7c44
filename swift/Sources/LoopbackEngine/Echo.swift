import RunnerHost
import RunnerProtocol

/// Answer every line with itself, decoded and encoded again; `loopback-runner --echo`.
///
/// What is no message is answered with `failed`. So another implementation of the wire can be held
/// against this one, in both directions. Returns at the end of stdin.
public func echo() async {
    let channel = Channel.claim()
    let writer = LineWriter(channel.replies)
    for await line in LineReader(channel.requests, whenEnded: {}).lines {
        do {
            try writer.send(again(line.get()))
        } catch {
            let refusal = Failed(id: -1, kind: .badRequest, message: "\(error)")
            try? writer.send(Reply.failed(refusal))
        }
    }
    Channel.leave()
}

private func again(_ line: [UInt8]) throws(ProtocolError) -> any TaggedUnion {
    do {
        return try Codec.decode(Request.self, line)
    } catch let asRequest {
        do {
            return try Codec.decode(Reply.self, line)
        } catch let asReply {
            throw ProtocolError(asReply.kind, "no request: \(asRequest); no reply: \(asReply)")
        }
    }
}
