using System.Buffers.Binary;
using Blockwire.Scsi;
using Blockwire.Scsi.Device.Copy;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>POPULATE TOKEN, WRITE USING TOKEN (SBC-3 §5.7 and §5.45) and REPORT ALL ROD TOKENS (SPC-4 §6.38): offloaded data transfer.</summary>
internal static class TokenCommands
{
    private const int ListIdentifierAt = 6;
    private const int LengthAt = 10;
    private const int PopulateHeader = 16;
    private const int WriteHeader = 536;
    private const int TokenAt = 16;
    private const byte Immed = 0x01;
    private const byte TypeIsValid = 0x02;
    private const byte DeleteToken = 0x02;
    private const int DeviceDataAt = 96;
    private const int DeviceDescriptorAt = 128;
    private const int SecretAt = 480;
    private const int ReportHeader = 8;

    public static SenseData? PlanPopulate(ScsiCommand command) => Plan(command, PopulateHeader);

    public static SenseData? PlanWrite(ScsiCommand command) => Plan(command, WriteHeader);

    public static async ValueTask RunPopulate(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        if (command.DataOutWanted == 0)
        {
            command.Complete(ScsiStatus.Good);
            return;
        }

        LogicalUnit unit = command.Unit!;
        if (CheckPopulate(unit, command.DataOut.Span, out List<BlockRun> runs) is { } refusal)
        {
            MediumResult.Refuse(command, refusal);
            return;
        }

        CopyOperation operation = Operation(command, ServiceAction.PopulateToken);
        if (device.Copies.Lists.Begin(operation) is { } busy)
        {
            MediumResult.Refuse(command, busy);
            return;
        }

        uint asked = BinaryPrimitives.ReadUInt32BigEndian(command.DataOut.Span[4..]);
        TimeSpan patience = TimeSpan.FromSeconds(asked == 0 ? CopyBounds.DefaultInactivitySeconds : asked);
        RodToken token = new(unit, runs, Make(device, unit, runs), patience);
        ulong first = runs.Min(static it => it.Lba);
        bool isKept;
        try
        {
            // No change of the blocks may be under way when they begin to be watched.
            using BlockHold hold = await unit.Device
                .HoldAsync(first, runs.Max(static it => it.Lba + it.BlockCount) - first, toChange: false, cancellationToken).ConfigureAwait(false);
            isKept = device.Copies.Tokens.TryAdd(token, device.Time);
        }
        catch (OperationCanceledException)
        {
            device.Copies.Lists.End(operation, CopyState.Terminated, Sense.CopyAborted);
            throw;
        }

        operation.Token = isKept ? token.Bytes : null;
        operation.Advance(isKept ? token.LengthBytes : 0, isKept ? runs.Count : 0);
        device.Copies.Lists.End(operation, isKept ? CopyState.Done : CopyState.Failed, isKept ? null : Sense.InsufficientTokenResources);
        if (isKept || (command.DataOut.Span[2] & Immed) != 0)
        {
            command.Complete(ScsiStatus.Good);
        }
        else
        {
            MediumResult.Refuse(command, Sense.InsufficientTokenResources);
        }
    }

    public static ValueTask RunWrite(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        if (command.DataOutWanted == 0)
        {
            command.Complete(ScsiStatus.Good);
            return default;
        }

        LogicalUnit unit = command.Unit!;
        ReadOnlySpan<byte> list = command.DataOut.Span;
        SenseData? refusal = TokenLists.Read(unit, list, WriteHeader, out List<BlockRun> runs);
        RodToken? token = null;
        if (refusal is null && BinaryPrimitives.ReadUInt32BigEndian(list[TokenAt..]) != RodToken.BlockZero)
        {
            refusal = device.Copies.Tokens.Find(list.Slice(TokenAt, RodToken.Length), device.Time, out token);
        }

        List<CopyMove> moves = [];
        refusal ??= token is null ? PlanZeros(unit, runs, moves) : PlanMoves(unit, runs, token, BinaryPrimitives.ReadUInt64BigEndian(list[8..]), moves);
        if (refusal is { } sense)
        {
            MediumResult.Refuse(command, sense);
            return default;
        }

        bool deletes = token is not null && (list[2] & DeleteToken) != 0;
        CopyPlan plan = new(moves, token, deletes ? () => device.Copies.Tokens.Delete(token!) : null);
        return device.Copies.RunAsync(command, Operation(command, ServiceAction.WriteUsingToken), plan, (list[2] & Immed) != 0, device.Time, cancellationToken);
    }

    public static SenseData? PlanReport(ScsiCommand command) => ParameterData.Plan(
        command, BinaryPrimitives.ReadUInt32BigEndian(command.Cdb[LengthAt..]), ReportHeader + CopyBounds.Tokens * RodToken.ManagementLength);

    public static ValueTask RunReport(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        IReadOnlyList<RodToken> tokens = device.Copies.Tokens.All(device.Time);
        byte[] data = new byte[ReportHeader + tokens.Count * RodToken.ManagementLength];
        BinaryPrimitives.WriteUInt32BigEndian(data, (uint)data.Length - sizeof(uint));
        for (int i = 0; i < tokens.Count; i++)
        {
            tokens[i].Bytes.AsSpan(0, RodToken.ManagementLength).CopyTo(data.AsSpan(ReportHeader + i * RodToken.ManagementLength));
        }

        return ParameterData.Answer(command, data);
    }

    private static SenseData? Plan(ScsiCommand command, int header)
    {
        uint length = BinaryPrimitives.ReadUInt32BigEndian(command.Cdb[LengthAt..]);
        if (length > TokenLists.MostBytes(header))
        {
            return Sense.InvalidFieldInCdb(LengthAt);
        }

        command.DataOutWanted = length;
        return null;
    }

    private static CopyOperation Operation(ScsiCommand command, byte action) =>
        new(command.Nexus, command.Unit!, BinaryPrimitives.ReadUInt32BigEndian(command.Cdb[ListIdentifierAt..]), action);

    private static SenseData? CheckPopulate(LogicalUnit unit, ReadOnlySpan<byte> list, out List<BlockRun> runs)
    {
        if (TokenLists.Read(unit, list, PopulateHeader, out runs) is { } refusal)
        {
            return refusal;
        }

        uint type = BinaryPrimitives.ReadUInt32BigEndian(list[8..]);
        return (list[2] & TypeIsValid) != 0 && type is not (RodToken.ChangeVulnerable or RodToken.AnyPointInTime) ? Sense.InvalidFieldInParameterList(8)
            : BinaryPrimitives.ReadUInt32BigEndian(list[4..]) > CopyBounds.MaximumInactivitySeconds ? Sense.InvalidFieldInParameterList(4)
            : runs.Count == 0 ? Sense.InvalidFieldInParameterList(PopulateHeader - 2)
            : null;
    }

    private static SenseData? PlanZeros(LogicalUnit unit, List<BlockRun> runs, List<CopyMove> moves)
    {
        foreach (BlockRun run in runs)
        {
            moves.Add(new CopyMove(null, 0, unit, run.Lba, run.BlockCount * unit.Traits.BlockBytes, moves.Count));
        }

        return null;
    }

    /// <summary>Lays the ranges to write beside the ranges of the token, from an offset in blocks of the destination on.</summary>
    private static SenseData? PlanMoves(LogicalUnit unit, List<BlockRun> runs, RodToken token, ulong offsetBlocks, List<CopyMove> moves)
    {
        ulong blockBytes = unit.Traits.BlockBytes, sourceBlockBytes = token.Source.Traits.BlockBytes, granule = Math.Max(blockBytes, sourceBlockBytes);
        ulong wanted = runs.Aggregate(0UL, static (sum, run) => sum + run.BlockCount) * blockBytes;
        if (offsetBlocks > token.LengthBytes / blockBytes || wanted > token.LengthBytes - offsetBlocks * blockBytes)
        {
            return Sense.InvalidFieldInParameterList(8);
        }

        ulong skip = offsetBlocks * blockBytes;
        int from = 0;
        for (int i = 0; i < runs.Count; i++)
        {
            for (ulong done = 0, length = runs[i].BlockCount * blockBytes; done < length;)
            {
                ulong inRun = token.Runs[from].BlockCount * sourceBlockBytes;
                if (skip >= inRun)
                {
                    skip -= inRun;
                    from++;
                    continue;
                }

                ulong part = Math.Min(length - done, inRun - skip);
                if (part % granule != 0 || skip % sourceBlockBytes != 0 || done % blockBytes != 0)
                {
                    // Blocks of both sizes would have to be cut.
                    return Sense.InvalidFieldInParameterList(8);
                }

                moves.Add(new CopyMove(token.Source, token.Runs[from].Lba + skip / sourceBlockBytes, unit, runs[i].Lba + done / blockBytes, part, i));
                skip += part;
                done += part;
            }
        }

        return null;
    }

    /// <summary>The bytes of a new token (SPC-4 §5.17.6.5). What makes it unguessable stands behind the part that REPORT ALL ROD TOKENS shows.</summary>
    private static byte[] Make(ScsiTargetDevice device, LogicalUnit unit, List<BlockRun> runs)
    {
        byte[] token = new byte[RodToken.Length];
        BinaryPrimitives.WriteUInt32BigEndian(token, RodToken.ChangeVulnerable);
        BinaryPrimitives.WriteUInt16BigEndian(token.AsSpan(6), RodToken.RestLength);
        device.Random(token.AsSpan(8, sizeof(ulong)));
        new CopyDisk(Designator.Naa(DesignatorAssociation.LogicalUnit, unit.Naa), unit.Traits.BlockBytes).Write(token.AsSpan(16));
        ulong blocks = runs.Aggregate(0UL, static (sum, run) => sum + run.BlockCount);
        BinaryPrimitives.WriteUInt64BigEndian(token.AsSpan(56), blocks * unit.Traits.BlockBytes);

        // Device type specific data: what READ CAPACITY(16) says behind the number of blocks (SBC-3 §6.7).
        Span<byte> capacity = stackalloc byte[CapacityData16.Length];
        CapacityCommands.Describe(unit).Write(capacity);
        capacity[sizeof(ulong)..(2 * sizeof(ulong))].CopyTo(token.AsSpan(DeviceDataAt));
        Designator.ScsiName(DesignatorAssociation.TargetDevice, device.TargetName).Write(token.AsSpan(DeviceDescriptorAt));
        device.Random(token.AsSpan(SecretAt));
        return token;
    }
}
