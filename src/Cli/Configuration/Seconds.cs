namespace Blockwire.Cli.Configuration;

/// <summary>Time spans as users write them: seconds, fractions allowed.</summary>
internal static class Seconds
{
    /// <summary>A day: what is longer is a slip of the pen.</summary>
    public const int Most = 86400;

    public static bool TryRead(double seconds, out TimeSpan span)
    {
        bool legal = seconds is >= 0 and <= Most;
        span = legal ? TimeSpan.FromSeconds(seconds) : default;
        return legal;
    }
}
