using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Blockwire.Testing;

/// <summary>A line that `serve` prints for a LUN and portal: `ready iscsi://HOST:PORT/IQN/LUN BYTES DISK`.</summary>
public sealed partial record ReadyLine(IPEndPoint Portal, string TargetName, int Lun, long LengthBytes, string Disk)
{
    /// <exception cref="FormatException">The line is of another form.</exception>
    public static ReadyLine Parse(string line)
    {
        Match match = Form().Match(line);
        return match.Success
            ? new(
                IPEndPoint.Parse(match.Groups["portal"].ValueSpan),
                match.Groups["target"].Value,
                int.Parse(match.Groups["lun"].ValueSpan, CultureInfo.InvariantCulture),
                long.Parse(match.Groups["bytes"].ValueSpan, CultureInfo.InvariantCulture),
                match.Groups["disk"].Value)
            : throw new FormatException($"Not a ready line: '{line}'");
    }

    [GeneratedRegex(@"^ready iscsi://(?<portal>[^/]+:\d+)/(?<target>[^/]+)/(?<lun>\d+) (?<bytes>\d+) (?<disk>.+)$")]
    private static partial Regex Form();
}
