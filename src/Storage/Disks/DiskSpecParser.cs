using System.Buffers;

namespace Blockwire.Storage;

/// <summary>Reads the text of a <see cref="DiskSpec"/>.</summary>
/// <param name="types">The types of disk that there are.</param>
internal sealed class DiskSpecParser(IReadOnlyList<DiskType> types)
{
    private const int MostMembers = 64;
    private const int DeepestNesting = 8;

    private static readonly SearchValues<char> SchemeCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.");

    public DiskSpec Parse(string text) => Parse(text, depth: 0);

    /// <summary>Whether options follow the disk's body. Text that names no disk is judged by what it looks like; parsing it says what is wrong.</summary>
    public bool HasOptions(string text)
    {
        if (!TrySplitScheme(text, out string scheme, out string rest) || Find(scheme) is not { Body: DiskBody.Members }) return text.Contains('?');
        int end = EndOfMembers(rest, static (_, _) => { });
        return end >= 0 && rest.IndexOf('?', end) >= 0;
    }

    private DiskSpec Parse(string text, int depth)
    {
        bool isUri = TrySplitScheme(text, out string scheme, out string rest);
        DiskType type = TypeOf(text, isUri ? scheme : "file");
        DiskSpec spec = new(text, type);
        if (type.Body == DiskBody.Members)
        {
            ReadMembers(spec, rest, depth);
            return spec;
        }
        int question = rest.IndexOf('?');
        string body = question < 0 ? rest : rest[..question];
        if (type.Body == DiskBody.Own) ReadName(spec, body);
        else ReadBody(spec, isUri ? Decode(text, body) : body, isUri);
        if (question >= 0) ReadOptions(spec, rest[(question + 1)..]);
        return spec;
    }

    private DiskType? Find(string scheme) => types.FirstOrDefault(type => type.Scheme.Equals(scheme, StringComparison.OrdinalIgnoreCase));

    private DiskType TypeOf(string text, string scheme) =>
        Find(scheme)
        ?? throw new DiskSpecException(
            text,
            $"unknown disk type '{scheme}:'; known are {string.Join(", ", types.Select(type => type.Scheme + ":"))} and a plain path (write ./ before one that holds a colon)");

    /// <summary>A scheme is a letter and then letters, digits, '+', '-', '.' before a colon (RFC 3986 §3.1); one letter alone is a drive.</summary>
    private static bool TrySplitScheme(string text, out string scheme, out string rest)
    {
        int colon = text.IndexOf(':');
        bool isScheme = colon > 1
            && char.IsAsciiLetter(text[0])
            && text.AsSpan(0, colon).IndexOfAnyExcept(SchemeCharacters) < 0;
        (scheme, rest) = isScheme ? (text[..colon], text[(colon + 1)..]) : ("", text);
        return isScheme;
    }

    private void ReadMembers(DiskSpec spec, string rest, int depth)
    {
        int before = spec.Text.Length - rest.Length;
        if (depth == DeepestNesting) throw new DiskSpecException(spec.Text, $"pools are nested {DeepestNesting} deep at most");
        if (!rest.StartsWith('('))
            throw new DiskSpecException(spec.Text, $"character {before + 1}: '(' is missing; write {spec.Scheme}:(DISK,DISK) with two disks or more");
        List<(int Begin, int End)> parts = [];
        int end = EndOfMembers(rest, (from, to) => parts.Add((from, to)));
        if (end < 0) throw new DiskSpecException(spec.Text, $"character {before + 1}: this '(' is not closed; write ')' behind the last member");
        if (parts.Count is < 2 or > MostMembers)
            throw new DiskSpecException(spec.Text, $"it has {parts.Count} member{(parts.Count == 1 ? "" : "s")}; write {spec.Scheme}:(DISK,DISK) with 2 to {MostMembers} disks");
        foreach ((int begin, int partEnd) in parts) spec.AddMember(ReadMember(spec, rest, before, begin, partEnd, depth));
        string tail = rest[end..];
        if (tail.Length == 0) return;
        if (tail[0] != '?')
            throw new DiskSpecException(spec.Text, $"character {before + end + 1}: '{DiskText.Printable(tail)}' follows the last member; only ? and options may");
        ReadOptions(spec, tail[1..]);
    }

    private DiskSpec ReadMember(DiskSpec pool, string rest, int before, int begin, int end, int depth)
    {
        string raw = rest[begin..end];
        string text = raw.Trim();
        string where = $"character {before + begin + (raw.Length - raw.TrimStart().Length) + 1}, member {pool.Members.Count + 1}";
        if (text.Length == 0) throw new DiskSpecException(pool.Text, $"{where}: it is empty; write a disk between the commas");
        try
        {
            return Parse(text, depth + 1);
        }
        catch (DiskSpecException problem)
        {
            throw new DiskSpecException(pool.Text, $"{where} '{DiskText.Printable(problem.Text)}': {problem.Problem}");
        }
    }

    /// <summary>
    /// The place behind the parenthesis that closes the one at the beginning, or -1. A comma parts members only outside of parentheses
    /// that a member opened itself.
    /// </summary>
    private static int EndOfMembers(string text, Action<int, int> member)
    {
        int depth = 0;
        int begin = 1;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '(') depth++;
            bool isClosed = text[i] == ')' && --depth == 0;
            if (isClosed || (text[i] == ',' && depth == 1))
            {
                member(begin, i);
                begin = i + 1;
            }
            if (isClosed) return i + 1;
        }
        return -1;
    }

    private static void ReadName(DiskSpec spec, string body)
    {
        try
        {
            spec.OwnName = spec.Type.ReadName!(body);
        }
        catch (FormatException problem)
        {
            throw new DiskSpecException(spec.Text, problem.Message);
        }
    }

    private static void ReadBody(DiskSpec spec, string body, bool isUri)
    {
        if (spec.Type.Body == DiskBody.Size)
        {
            if (!DiskSize.TryParse(body, out ulong bytes))
                throw new DiskSpecException(spec.Text, $"'{body}' is no size between 1 byte and 8388608T; write {spec.Scheme}:SIZE with SIZE being {DiskSize.Form}");
            spec.SizeBytes = bytes;
            return;
        }
        if (isUri && body.StartsWith("//", StringComparison.Ordinal)) body = WithoutAuthority(spec.Text, body);
        if (body.Length == 0 && !spec.IsCdDvd) throw new DiskSpecException(spec.Text, "the path is empty; write PATH or file:PATH");
        if (body.Contains('\0')) throw new DiskSpecException(spec.Text, "a path cannot hold a zero byte");
        spec.Path = body;
    }

    /// <summary>file:///PATH and file://localhost/PATH are file:/PATH (RFC 8089 §2).</summary>
    private static string WithoutAuthority(string text, string body)
    {
        int slash = body.IndexOf('/', 2);
        string host = slash < 0 ? body[2..] : body[2..slash];
        if (slash < 0 || (host.Length > 0 && !host.Equals("localhost", StringComparison.OrdinalIgnoreCase)))
            throw new DiskSpecException(text, $"a file is on this machine, not on '{host}'; write file:PATH or file:///PATH");
        return body[slash..];
    }

    private static void ReadOptions(DiskSpec spec, string options)
    {
        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);
        foreach (string part in options.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = part.IndexOf('=');
            string name = Decode(spec.Text, equals < 0 ? part : part[..equals]);
            string? value = equals < 0 ? null : Decode(spec.Text, part[(equals + 1)..]);
            DiskOption option = spec.Type.Options.FirstOrDefault(known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw new DiskSpecException(
                    spec.Text,
                    $"unknown option '{DiskText.Printable(name)}'; {spec.Scheme}: takes {string.Join(", ", spec.Type.Options.Select(known => known.Name))}");
            if (!seen.Add(option.Name)) throw new DiskSpecException(spec.Text, $"option '{option.Name}' is given twice; give it once");
            if (!option.TryApply(spec, value))
                throw new DiskSpecException(spec.Text, $"option '{DiskText.Printable(part)}' has a wrong value; allowed is {option.Allowed}");
        }
    }

    private static string Decode(string text, string encoded) =>
        DiskText.TryDecode(encoded, out string decoded)
            ? decoded
            : throw new DiskSpecException(text, $"'{DiskText.Printable(encoded)}' holds a '%' that begins no UTF-8 text in two hex digits a byte; write a percent sign as %25");
}
