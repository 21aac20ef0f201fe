using System.Diagnostics;
using System.Globalization;

namespace Blockwire.Storage.Tests;

/// <summary>Bytes that a file takes on its file system, which for a sparse file are fewer than its length.</summary>
internal static class DiskUsage
{
    public static long Of(string path)
    {
        ProcessStartInfo start = new("stat", ["-c", "%b %B", path]) { RedirectStandardOutput = true, UseShellExecute = false };
        using Process stat = Process.Start(start)!;
        string[] words = stat.StandardOutput.ReadToEnd().Split(' ');
        return long.Parse(words[0], CultureInfo.InvariantCulture) * long.Parse(words[1], CultureInfo.InvariantCulture);
    }
}
