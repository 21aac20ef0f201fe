namespace Blockwire.Cli.Copying;

/// <summary>What `blockwire copy` is told.</summary>
/// <param name="Source">Where from, as it was written.</param>
/// <param name="Target">Where to, as it was written.</param>
/// <param name="Block">Bytes of one read or write.</param>
/// <param name="Verify">Read both back and compare.</param>
/// <param name="AnySize">Source and target may have different sizes.</param>
/// <param name="Resume">Where the state of the copy is kept; null: nowhere.</param>
internal sealed record CopyArguments(string Source, string Target, int Block, bool Verify, bool AnySize, FileInfo? Resume)
{
    /// <summary>Reads and writes under way at once.</summary>
    public const int Depth = 8;
}
