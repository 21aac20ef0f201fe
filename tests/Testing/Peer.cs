using Xunit;

namespace Blockwire.Testing;

/// <summary>Programs of other projects that a test needs.</summary>
public static class Peer
{
    /// <summary>Goes on when the program is on PATH; else skips the test, and fails it where CI=true.</summary>
    public static void Require(string program)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator);
        if (!folders.Any(folder => File.Exists(Path.Combine(folder, program))))
        {
            Missing($"{program} is not installed: eng/install-peers installs it");
        }
    }

    /// <summary>Skips the test, and fails it where CI=true.</summary>
    /// <param name="why">What is missing, and what to do about it.</param>
    public static void Missing(string why)
    {
        if (string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
        {
            Assert.Fail(why);
        }

        Assert.Skip(why);
    }
}
