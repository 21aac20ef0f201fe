namespace Blockwire.Testing;

/// <summary>Bytes as people write them down.</summary>
public static class Hex
{
    /// <summary>Bytes from hexadecimal digits; white space and anything behind "//" on a line do not count.</summary>
    public static byte[] Bytes(string text)
    {
        IEnumerable<string> lines = text.Split('\n').Select(static line => line.Split("//")[0]);
        return Convert.FromHexString(string.Concat(lines.SelectMany(static line => line).Where(static c => !char.IsWhiteSpace(c))));
    }

    /// <summary>Four bytes in a group, sixteen on a line: as a PDU is drawn.</summary>
    public static string Dump(ReadOnlySpan<byte> bytes)
    {
        System.Text.StringBuilder text = new();
        for (int at = 0; at < bytes.Length; at++)
        {
            string before = at == 0 ? "" : at % 16 == 0 ? "\n" : at % 4 == 0 ? "  " : " ";
            text.Append(before).Append(bytes[at].ToString("x2"));
        }

        return text.ToString();
    }
}
