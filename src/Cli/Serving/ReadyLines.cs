using System.Net;
using System.Text;

namespace Blockwire.Cli.Serving;

/// <summary>What `serve` prints on stdout: who started it reads there what can be reached where.</summary>
internal static class ReadyLines
{
    /// <summary>A line for each portal and LUN: `ready iscsi://HOST:PORT/IQN/LUN BYTES DISK`.</summary>
    public static string Format(IReadOnlyList<IPEndPoint> portals, IReadOnlyList<OpenUnit> units)
    {
        StringBuilder text = new();
        foreach (IPEndPoint portal in portals)
        {
            foreach (OpenUnit unit in units)
            {
                text.Append($"ready iscsi://{portal}/{unit.TargetName}/{unit.Lun} {unit.LengthBytes} {unit.Disk.Spec}\n");
            }
        }

        return text.ToString();
    }

    /// <exception cref="CliException">They cannot be written. A reader that has gone is no failure: the lines were for it.</exception>
    public static async Task WriteAsync(TextWriter output, string lines)
    {
        try
        {
            await output.WriteAsync(lines);
            await output.FlushAsync();
        }
        catch (IOException failure)
        {
            throw new CliException($"cannot write the ready lines to standard output: {failure.Message}", failure);
        }
    }
}
