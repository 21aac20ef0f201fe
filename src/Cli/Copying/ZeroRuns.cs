namespace Blockwire.Cli.Copying;

/// <summary>Finds zeros in data that was read, so that they need not be written.</summary>
internal static class ZeroRuns
{
    /// <summary>Runs shorter than this are not worth a command of their own.</summary>
    public const int GranuleBytes = 64 << 10;

    /// <summary>How far the data from its beginning on is all zeros, or all data, in whole granules; a rest at the end counts as one.</summary>
    public static (bool IsZero, int Length) First(ReadOnlySpan<byte> data)
    {
        bool isZero = IsZero(data[..Math.Min(GranuleBytes, data.Length)]);
        int length = Math.Min(GranuleBytes, data.Length);
        while (length < data.Length)
        {
            int more = Math.Min(GranuleBytes, data.Length - length);
            if (IsZero(data.Slice(length, more)) != isZero)
            {
                break;
            }

            length += more;
        }

        return (isZero, length);
    }

    private static bool IsZero(ReadOnlySpan<byte> data) => data.IndexOfAnyExcept((byte)0) < 0;
}
