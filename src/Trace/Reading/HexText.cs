using System.Globalization;
using System.Text;

namespace Blockwire.Trace.Reading;

/// <summary>
/// Bytes out of text as people paste it: xxd, hexdump -C, od -t x1, the copies of Wireshark and tshark -x, plain digits, 0x.. lists, \x.. strings.
/// </summary>
internal static class HexText
{
    /// <summary>Most text that is taken.</summary>
    public const int MaxChars = 256 << 20;

    private const int MostBytes = 64 << 20;
    private const int BytesOfALine = 16;

    /// <summary>The blocks of bytes: one for each packet or PDU where the text tells them apart.</summary>
    /// <exception cref="TraceException">It is no such text.</exception>
    public static List<byte[]> Parse(string text)
    {
        if (text.Contains("\\x", StringComparison.OrdinalIgnoreCase))
        {
            return [Marked(text, '\\')];
        }

        string[] lines = text.Split('\n');
        if (lines.Any(static line => TryReadOffset(line, out _, out int at, out bool hasColon) && (hasColon || !string.IsNullOrWhiteSpace(line[at..]))))
        {
            return Dump(lines);
        }

        return text.Contains("0x", StringComparison.OrdinalIgnoreCase) ? Lists(text) : Plain(lines);
    }

    // \x43\x01 or 0x43, 0x01: two digits behind each mark.
    private static byte[] Marked(string text, char before)
    {
        List<byte> bytes = [];
        for (int at = 0; at < text.Length - 2; at++)
        {
            if (text[at] != before || (text[at + 1] | 0x20) != 'x')
            {
                continue;
            }

            int digits = 0;
            while (digits < 3 && at + 2 + digits < text.Length && char.IsAsciiHexDigit(text[at + 2 + digits]))
            {
                digits++;
            }

            if (digits is 0 or > 2)
            {
                throw new TraceException($"'{Quote(text[at..])}' is no byte in hexadecimal");
            }

            bytes.Add(byte.Parse(text.AsSpan(at + 2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            at += 1 + digits;
        }

        return [.. bytes];
    }

    // An array of each { }, or one list, or one long number.
    private static List<byte[]> Lists(string text)
    {
        text = WithoutComments(text);
        List<byte[]> blocks = [];
        for (int open = text.IndexOf('{'); open >= 0; open = text.IndexOf('{', open + 1))
        {
            int close = text.IndexOf('}', open);
            blocks.Add(Marked(text[open..(close < 0 ? text.Length : close)], '0'));
        }

        if (blocks.Count > 0)
        {
            return blocks;
        }

        string only = text.Trim();
        return only.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && only.Length > 6 && only[2..].All(char.IsAsciiHexDigit)
            ? Plain([only[2..]])
            : [Marked(text, '0')];
    }

    private static string WithoutComments(string text)
    {
        StringBuilder rest = new(text.Length);
        int at = 0;
        while (at < text.Length)
        {
            int open = text.IndexOf("/*", at, StringComparison.Ordinal);
            int close = open < 0 ? -1 : text.IndexOf("*/", open + 2, StringComparison.Ordinal);
            if (open < 0 || close < 0)
            {
                rest.Append(text, at, (open < 0 ? text.Length : open) - at);
                break;
            }

            rest.Append(text, at, open - at);
            at = close + 2;
        }

        return rest.ToString();
    }

    // Digits with blanks, colons or the like between them. A block ends at an empty line; when every line is a packet of its own, so does each line.
    private static List<byte[]> Plain(string[] lines)
    {
        List<byte[]> blocks = [];
        List<byte[]> ofLines = [];
        StringBuilder digits = new();
        void Close(int line)
        {
            if (digits.Length > 0)
            {
                blocks.Add(FromDigits(digits.ToString(), line));
                digits.Clear();
            }
        }

        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim().TrimStart('\uFEFF');
            if (line.Length == 0)
            {
                Close(i);
                continue;
            }

            if (line.StartsWith('#') || line.StartsWith("//", StringComparison.Ordinal))
            {
                continue;
            }

            string bare = string.Concat(line.Where(static it => it is not (' ' or '\t' or ':' or ',' or '-' or ';' or '"' or '\'')));
            int wrong = bare.AsSpan().IndexOfAnyExcept(System.Buffers.SearchValues.Create("0123456789abcdefABCDEF"));
            if (wrong >= 0)
            {
                throw new TraceException($"line {i + 1} is no hexadecimal: '{Quote(line)}'; give a pcap or pcapng capture, or PDUs as xxd, hexdump -C or plain digits");
            }

            digits.Append(bare);
            if (bare.Length % 2 == 0)
            {
                ofLines.Add(Convert.FromHexString(bare));
            }
        }

        Close(lines.Length);
        return ofLines.Count > 1 && ofLines.All(PacketGuess.IsPacket) ? ofLines : blocks;
    }

    private static byte[] FromDigits(string digits, int line) => digits.Length % 2 == 0
        ? Convert.FromHexString(digits)
        : throw new TraceException($"the digits before line {line + 1} are odd in number: {digits.Length}; a byte has two");

    private static List<byte[]> Dump(string[] lines)
    {
        List<byte[]> blocks = [];
        List<byte> block = [];
        long star = -1;
        bool passOver = false;
        void Close()
        {
            if (block.Count > 0)
            {
                blocks.Add([.. block]);
                block.Clear();
            }
        }

        foreach (string line in lines)
        {
            if (line.Trim() == "*")
            {
                star = block.Count;
                continue;
            }

            if (!TryReadOffset(line, out long offset, out int at, out bool hasColon))
            {
                // tshark -x shows what it put together of several packets too: those bytes come twice.
                passOver = line.TrimEnd().EndsWith("):", StringComparison.Ordinal) ? !line.StartsWith("Frame", StringComparison.Ordinal) : passOver && line.Trim().Length > 0;
                continue;
            }

            if (passOver)
            {
                continue;
            }

            if (offset == 0)
            {
                Close();
            }
            else if (star >= 0)
            {
                Repeat(block, offset);
            }

            star = -1;
            AddBytes(line, at, hasColon, block);
        }

        Close();
        return blocks;
    }

    // "*" stands for lines like the one before.
    private static void Repeat(List<byte> block, long until)
    {
        if (until > MostBytes || block.Count < BytesOfALine)
        {
            throw new TraceException($"'*' repeats bytes up to offset 0x{until:x}: that is too much, or there is no line before it");
        }

        int from = block.Count - BytesOfALine;
        for (int i = 0; block.Count < until; i++)
        {
            block.Add(block[from + (i % BytesOfALine)]);
        }
    }

    // An offset: at least four digits, then a colon, or blanks and a group of two digits.
    private static bool TryReadOffset(string line, out long offset, out int rest, out bool hasColon)
    {
        int start = line.Length - line.AsSpan().TrimStart().Length;
        int at = start;
        while (at < line.Length && at - start < 17 && char.IsAsciiHexDigit(line[at]))
        {
            at++;
        }

        offset = 0;
        rest = at;
        hasColon = at < line.Length && line[at] == ':';
        if (at - start is < 4 or > 16 || !long.TryParse(line.AsSpan(start, at - start), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out offset) || offset < 0)
        {
            return false;
        }

        if (hasColon)
        {
            rest++;
            return at - start >= 6;
        }

        // What ends a dump: the offset alone. Else two digits alone follow; in plain text groups of four would.
        ReadOnlySpan<char> after = line.AsSpan(at).TrimStart();
        return (after.IsEmpty && at - start >= 7) || (after.Length < line.Length - at && IsPair(after));
    }

    private static bool IsPair(ReadOnlySpan<char> text) =>
        text.Length >= 2 && char.IsAsciiHexDigit(text[0]) && char.IsAsciiHexDigit(text[1]) && (text.Length == 2 || char.IsWhiteSpace(text[2]));

    // Groups of digits up to the column with the characters: behind '|', behind three blanks, or in xxd's form behind two.
    private static void AddBytes(string line, int at, bool hasColon, List<byte> block)
    {
        int blanks = 0;
        bool any = false;
        while (at < line.Length && line[at] != '|')
        {
            if (char.IsWhiteSpace(line[at]))
            {
                blanks++;
                at++;
                continue;
            }

            int end = at;
            while (end < line.Length && char.IsAsciiHexDigit(line[end]))
            {
                end++;
            }

            bool isGroup = end > at && (end - at) % 2 == 0 && (end == line.Length || char.IsWhiteSpace(line[end]) || line[end] == '|');
            if (!isGroup || (any && blanks >= (hasColon ? 2 : 3)))
            {
                return;
            }

            block.AddRange(Convert.FromHexString(line.AsSpan(at, end - at)));
            (at, blanks, any) = (end, 0, true);
        }
    }

    private static string Quote(string text)
    {
        string shown = text.Length <= 40 ? text : $"{text[..40]}...";
        return string.Concat(shown.Select(static it => char.IsControl(it) ? '?' : it));
    }
}
