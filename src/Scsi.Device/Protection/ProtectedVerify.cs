using System.Buffers;
using Blockwire.Scsi.Device.Commands;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Protection;

/// <summary>
/// VERIFY of units that are formatted with protection: the checks of what is on the medium, of what was sent, and the comparison of the two (SBC-3 §5.29, the four tables
/// of VRPROTECT). A piece at a time, so that length costs no memory.
/// </summary>
internal static class ProtectedVerify
{
    private const int PieceBlocks = 512;

    /// <summary>Checks blocks and completes the command.</summary>
    /// <param name="command">The command; the range begins at its LBA.</param>
    /// <param name="blockCount">Number of blocks.</param>
    /// <param name="check">How to check.</param>
    /// <param name="expected">As many blocks as <paramref name="check"/> needs, with protection information unless the command's code is 0.</param>
    /// <param name="cancellationToken">Ends the command between two pieces.</param>
    public static async ValueTask Run(
        ScsiCommand command, ulong blockCount, ByteCheck check, ReadOnlyMemory<byte> expected, CancellationToken cancellationToken)
    {
        bool hasData = check != ByteCheck.Readable;
        if (hasData && !ProtectedTransfers.PassesChecks(command, expected.Span))
        {
            return;
        }

        LogicalUnit unit = command.Unit!;
        int blockBytes = (int)unit.Traits.BlockBytes, wholeBytes = (int)unit.Traits.ProtectedBlockBytes;
        bool isLong = LongWork.IsLong(blockCount * unit.Traits.BlockBytes);
        ProtectionRule rule = ProtectionPlan.ForMedium(command, hasData);
        using IMemoryOwner<byte> buffer = command.Pool.Rent(Math.Max(1, (int)Math.Min(PieceBlocks, blockCount)) * wholeBytes);
        for (ulong done = 0; done < blockCount;)
        {
            if (isLong)
            {
                await LongWork.LetOthersGo(cancellationToken);
            }

            int blocks = (int)Math.Min(PieceBlocks, blockCount - done);
            Memory<byte> piece = buffer.Memory[..(blocks * wholeBytes)];
            IoStatus status = await unit.Device.ReadProtectedAsync(command.Lba + done, piece, cancellationToken).ConfigureAwait(false);
            if (status != IoStatus.Ok)
            {
                MediumResult.Complete(command, status, command.Lba + done);
                return;
            }

            status = rule.Check(piece.Span, blockBytes, done, out ulong at);
            if (status != IoStatus.Ok)
            {
                ProtectedTransfers.RefuseBlock(command, status, at);
                return;
            }

            if (hasData && Compare(command, piece.Span, check, expected.Span, done) is { } differs)
            {
                MediumResult.Refuse(command, differs);
                return;
            }

            done += (uint)blocks;
        }

        command.Complete(ScsiStatus.Good);
    }

    private static SenseData? Compare(ScsiCommand command, ReadOnlySpan<byte> found, ByteCheck check, ReadOnlySpan<byte> expected, ulong first)
    {
        DeviceTraits traits = command.Unit!.Traits;
        int blockBytes = (int)traits.BlockBytes, transferBytes = (int)command.TransferBlockBytes;
        for (ulong number = first; found.Length > 0; number++)
        {
            bool isRepeated = check == ByteCheck.OneForAll;
            ReadOnlySpan<byte> wanted = expected.Slice(isRepeated ? 0 : (int)number * transferBytes, transferBytes);
            if (!found[..blockBytes].SequenceEqual(wanted[..blockBytes]))
            {
                return Sense.Miscompare(command.Lba + number);
            }

            if (transferBytes > blockBytes
                && CompareTags(command, found[blockBytes..], wanted[blockBytes..], isRepeated ? (uint)number : 0) is { } differs)
            {
                return differs with { Key = SenseKey.Miscompare, Information = command.Lba + number };
            }

            found = found[(int)traits.ProtectedBlockBytes..];
        }

        return null;
    }

    // The table of comparisons: 010b leaves the guard out, tags of initiators count only while they own them (ATO), and what type 3 leaves to them, too.
    private static SenseData? CompareTags(ScsiCommand command, ReadOnlySpan<byte> found, ReadOnlySpan<byte> wanted, uint repetition)
    {
        const int withoutGuard = 2;
        ProtectionInformation one = ProtectionInformation.Read(found), other = ProtectionInformation.Read(wanted);
        bool own = command.Unit!.Modes.InitiatorsOwnTags, counts = command.Protection != ProtectionType.Type3;
        return command.ProtectCode != withoutGuard && one.Guard != other.Guard ? Sense.GuardCheckFailed(null)
            : own && one.ApplicationTag != other.ApplicationTag ? Sense.ApplicationTagCheckFailed(null)
            : (counts || !own) && one.ReferenceTag != unchecked(other.ReferenceTag + (counts ? repetition : 0)) ? Sense.ReferenceTagCheckFailed(null)
            : null;
    }
}
