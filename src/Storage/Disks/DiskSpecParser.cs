namespace Blockwire.Storage;

/// <summary>Reads the text of a <see cref="DiskSpec"/>.</summary>
internal static class DiskSpecParser
{
    public static DiskSpec Parse(string text)
    {
        int question = text.IndexOf('?');
        string body = question < 0 ? text : text[..question];
        bool isUri = TrySplitScheme(body, out string scheme, out string rest);
        DiskType type = TypeOf(text, isUri ? scheme : "file");
        DiskSpec spec = new(text, type);
        ReadBody(spec, isUri ? Decode(text, rest) : rest, isUri);
        if (question >= 0) ReadOptions(spec, text[(question + 1)..]);
        return spec;
    }

    private static DiskType TypeOf(string text, string scheme) =>
        Array.Find(DiskCatalog.Types, type => type.Scheme.Equals(scheme, StringComparison.OrdinalIgnoreCase))
        ?? throw new DiskSpecException(
            text,
            $"unknown disk type '{scheme}:'; known are {string.Join(", ", DiskCatalog.Types.Select(type => type.Scheme + ":"))} and a plain path (write ./ before one that holds a colon)");

    /// <summary>A scheme is a letter and then letters, digits, '+', '-', '.' before a colon (RFC 3986 §3.1); one letter alone is a drive.</summary>
    private static bool TrySplitScheme(string body, out string scheme, out string rest)
    {
        int colon = body.IndexOf(':');
        bool isScheme = colon > 1
            && char.IsAsciiLetter(body[0])
            && body.AsSpan(0, colon).IndexOfAnyExcept(SchemeCharacters) < 0;
        (scheme, rest) = isScheme ? (body[..colon], body[(colon + 1)..]) : ("", body);
        return isScheme;
    }

    private static readonly System.Buffers.SearchValues<char> SchemeCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.");

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
        if (body.Length == 0) throw new DiskSpecException(spec.Text, "the path is empty; write PATH or file:PATH");
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
            DiskOption option = Array.Find(OptionsOf(spec.Type), known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw new DiskSpecException(
                    spec.Text,
                    $"unknown option '{DiskText.Printable(name)}'; {spec.Scheme}: takes {string.Join(", ", OptionsOf(spec.Type).Select(known => known.Name))}");
            if (!seen.Add(option.Name)) throw new DiskSpecException(spec.Text, $"option '{option.Name}' is given twice; give it once");
            if (!option.TryApply(spec, value))
                throw new DiskSpecException(spec.Text, $"option '{DiskText.Printable(part)}' has a wrong value; allowed is {option.Allowed}");
        }
    }

    private static DiskOption[] OptionsOf(DiskType type) => Array.FindAll(
        DiskOption.All, option => !DiskOption.OfSomeTypes.Contains(option.Name) || type.OwnOptions.Contains(option.Name));

    private static string Decode(string text, string encoded) =>
        DiskText.TryDecode(encoded, out string decoded)
            ? decoded
            : throw new DiskSpecException(text, $"'{DiskText.Printable(encoded)}' holds a '%' that begins no UTF-8 text in two hex digits a byte; write a percent sign as %25");
}
