namespace Blockwire.Scsi.Device.Copy;

/// <summary>Bytes that a copy moves from one disk to another.</summary>
/// <param name="Source">Where they are read; null for zeros.</param>
/// <param name="SourceLba">First block there.</param>
/// <param name="Destination">Where they are written.</param>
/// <param name="DestinationLba">First block there.</param>
/// <param name="LengthBytes">How many: whole blocks of both.</param>
/// <param name="Segment">Number of the segment that they belong to, from 0 on.</param>
internal readonly record struct CopyMove(
    LogicalUnit? Source, ulong SourceLba, LogicalUnit Destination, ulong DestinationLba, ulong LengthBytes, int Segment);

/// <summary>What a copy is to do: its moves in order, and what has to stay true meanwhile.</summary>
/// <param name="Moves">The moves.</param>
/// <param name="Token">The token whose data is copied, which must not lose its validity before the data is read; null when there is none.</param>
/// <param name="AtTheEnd">Done behind the last move when all went well; null for nothing.</param>
internal sealed record CopyPlan(IReadOnlyList<CopyMove> Moves, RodToken? Token = null, Action? AtTheEnd = null);
