extension JSON {
    /// Return the value as `msgspec.json` writes it, byte for byte.
    public func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return bytes
    }

    private func write(into bytes: inout [UInt8]) {
        switch self {
        case .scalar(let scalar):
            scalar.write(into: &bytes)
        case .array(let items):
            bytes.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                item.write(into: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                member.name.write(into: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(into: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }
}

extension Scalar {
    fileprivate func write(into bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let value): bytes += (value ? "true" : "false").utf8
        case .integer(let value): bytes += String(value).utf8
        case .wide(let digits): bytes += digits.utf8
        case .number(let value): bytes += value.wireText.utf8
        case .string(let value): value.write(into: &bytes)
        }
    }
}

extension String {
    fileprivate func write(into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x08: bytes += "\\b".utf8
            case 0x0C: bytes += "\\f".utf8
            case 0x0A: bytes += "\\n".utf8
            case 0x0D: bytes += "\\r".utf8
            case 0x09: bytes += "\\t".utf8
            case ..<0x20:
                bytes += "\\u00\(byte < 0x10 ? "0" : "1")\(String(byte & 15, radix: 16))".utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension Double {
    /// The shortest text that reads back equal, laid out as msgspec does: no exponent from 1e-5 up
    /// to below 1e16. JSON has no NaN and no infinity: null.
    var wireText: String {
        guard isFinite else { return "null" }
        let minus = sign == .minus ? "-" : ""
        if self == 0 { return minus + "0.0" }
        let (digits, point) = decimal
        let zeros = point - digits.count
        switch point {
        case 1...16 where zeros >= 0:
            return minus + digits + String(repeating: "0", count: zeros) + ".0"
        case 1...16:
            return minus + digits.prefix(point) + "." + digits.dropFirst(point)
        case -4...0:
            return minus + "0." + String(repeating: "0", count: -point) + digits
        default:
            let rest = digits.dropFirst()
            return minus + digits.prefix(1) + (rest.isEmpty ? "" : "." + rest) + "e\(point - 1)"
        }
    }

    /// The shortest digits d1 d2... and `point`, with the magnitude being 0.d1d2... x 10^point.
    private var decimal: (digits: String, point: Int) {
        let parts = magnitude.description.split(separator: "e")
        let halves = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        var digits = halves.joined()
        var point = halves[0].count + (parts.count > 1 ? Int(parts[1])! : 0)
        while digits.hasPrefix("0") {
            digits.removeFirst()
            point -= 1
        }
        while digits.hasSuffix("0") { digits.removeLast() }
        return (digits, point)
    }
}
