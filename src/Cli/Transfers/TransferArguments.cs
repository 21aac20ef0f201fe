using Blockwire.Initiator;

namespace Blockwire.Cli.Transfers;

/// <summary>What `blockwire read` and `blockwire write` are told.</summary>
/// <param name="Url">The unit.</param>
/// <param name="Offset">The first byte.</param>
/// <param name="Length">Bytes; null: to the end of the unit.</param>
/// <param name="Block">Bytes of one command.</param>
internal sealed record TransferArguments(IscsiUrl Url, long Offset, long? Length, int Block)
{
    /// <summary>Commands under way at once.</summary>
    public const int Depth = 8;

    /// <summary>Bytes of one command when nothing is said.</summary>
    public const int DefaultBlock = 1 << 20;
}
