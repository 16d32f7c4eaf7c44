/// Reads one line of JSON, as strictly as `msgspec.json`; the line's UTF-8 must be checked before.
struct JSONParser {
    /// Messages are four deep; what is deeper is none, and must not exhaust the stack.
    private static let deepest = 32

    let bytes: UnsafeBufferPointer<UInt8>
    var at = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// Return the value that is the whole line.
    mutating func parse() throws(Malformed) -> JSON {
        let value = try readValue(depth: 0)
        guard peek() == nil else { throw fault("trailing characters") }
        return value
    }

    private mutating func readValue(depth: Int) throws(Malformed) -> JSON {
        guard depth < Self.deepest else { throw fault("nested too deep") }
        switch peek() {
        case UInt8(ascii: "{"): return .object(try readObject(depth: depth))
        case UInt8(ascii: "["): return .array(try readArray(depth: depth))
        case UInt8(ascii: "\""): return .scalar(.string(try readString()))
        case UInt8(ascii: "t"): return .scalar(.bool(try expect("true", true)))
        case UInt8(ascii: "f"): return .scalar(.bool(try expect("false", false)))
        case UInt8(ascii: "n"): return .scalar(try expect("null", .null))
        case nil: throw fault("input data was truncated")
        default: return .scalar(try readNumber())
        }
    }

    private mutating func readObject(depth: Int) throws(Malformed) -> [JSON.Member] {
        var members: [JSON.Member] = []
        at += 1
        if take("}") { return members }
        repeat {
            guard peek() == UInt8(ascii: "\"") else { throw fault("a name was due") }
            let name = try readString()
            guard take(":") else { throw fault("`:` was due") }
            members.append((name, try readValue(depth: depth + 1)))
        } while take(",")
        guard take("}") else { throw fault("`,` or `}` was due") }
        return members
    }

    private mutating func readArray(depth: Int) throws(Malformed) -> [JSON] {
        var items: [JSON] = []
        at += 1
        if take("]") { return items }
        repeat {
            items.append(try readValue(depth: depth + 1))
        } while take(",")
        guard take("]") else { throw fault("`,` or `]` was due") }
        return items
    }

    private mutating func readNumber() throws(Malformed) -> Scalar {
        let start = at
        step(over: "-")
        guard let first = byte, isDigit(first) else { throw fault("invalid character") }
        if first == UInt8(ascii: "0") { at += 1 } else { skipDigits() }
        let isWhole = byte != UInt8(ascii: ".") && byte.map { $0 | 0x20 } != UInt8(ascii: "e")
        if step(over: ".") { try requireDigits() }
        if step(over: "e") || step(over: "E") {
            if !step(over: "+") { step(over: "-") }
            try requireDigits()
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if isWhole { return Int(text).map(Scalar.integer) ?? .wide(text) }
        guard let number = Double(text), number.isFinite else { throw fault("number out of range") }
        return .number(number)
    }

    private mutating func readString() throws(Malformed) -> String {
        at += 1
        let start = at
        while let next = byte, next != UInt8(ascii: "\""), next != UInt8(ascii: "\\"), next >= 0x20
        {
            at += 1
        }
        if byte == UInt8(ascii: "\"") {  // no escapes: most strings
            at += 1
            return String(decoding: bytes[start..<(at - 1)], as: UTF8.self)
        }
        var text = Array(bytes[start..<at])
        while let next = byte, next >= 0x20 {
            at += 1
            switch next {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try readEscape(into: &text)
            default: text.append(next)
            }
        }
        throw fault(byte == nil ? "input data was truncated" : "invalid character in a string")
    }

    private mutating func readEscape(into text: inout [UInt8]) throws(Malformed) {
        guard let escape = byte else { throw fault("input data was truncated") }
        at += 1
        switch escape {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escape)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text += Array(String(Character(try readScalar())).utf8)
        default: throw fault("invalid escape character in a string")
        }
    }

    /// Read the digits after `\u`, and the second half of a pair.
    private mutating func readScalar() throws(Malformed) -> Unicode.Scalar {
        let first = try readUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard UTF16.isLeadSurrogate(first), step(over: "\\"), step(over: "u") else {
            throw fault("half a surrogate pair")
        }
        let second = try readUnit()
        guard UTF16.isTrailSurrogate(second) else { throw fault("half a surrogate pair") }
        return Unicode.Scalar(0x10000 + (UInt32(first & 0x3FF) << 10 | UInt32(second & 0x3FF)))!
    }

    private mutating func readUnit() throws(Malformed) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = byte.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
                throw fault("four hex digits were due")
            }
            unit = unit << 4 | UInt16(digit)
            at += 1
        }
        return unit
    }
}
