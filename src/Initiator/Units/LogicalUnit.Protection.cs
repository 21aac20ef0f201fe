using Blockwire.Scsi;
using Blockwire.Wire;

namespace Blockwire.Initiator;

/// <summary>Blocks together with their protection information.</summary>
public sealed partial class LogicalUnit
{
    /// <summary>With which type of protection the unit is formatted (READ CAPACITY(16)).</summary>
    public ProtectionType Protection => _facts.Capacity?.Protection ?? ProtectionType.None;

    /// <summary>Bytes of a block together with its protection information.</summary>
    public uint ProtectedBlockBytes => BlockBytes + ProtectionInformation.Length;

    /// <summary>
    /// Reads whole blocks with the <see cref="ProtectionInformation"/> behind each. The target checks it first; what arrives may be checked again with
    /// <see cref="GuardCrc"/>. READ(10) or (16), on type 2 READ(32).
    /// </summary>
    /// <param name="lba">First block.</param>
    /// <param name="into">Where they go; its length is a multiple of <see cref="ProtectedBlockBytes"/>.</param>
    /// <param name="expected">What the target checks; everything when null.</param>
    /// <param name="cancellationToken">Aborts it.</param>
    /// <exception cref="InvalidOperationException">The unit is formatted without protection.</exception>
    /// <exception cref="ScsiException">A check failed (ABORTED COMMAND, 10h/01h to 03h), or the read did.</exception>
    public async ValueTask ReadProtectedAsync(ulong lba, Memory<byte> into, ProtectionExpectation? expected = null, CancellationToken cancellationToken = default)
    {
        for (uint blocks = NextProtected(into.Length), done = 0; blocks > 0; blocks = NextProtected(into.Length))
        {
            Memory<byte> piece = into[..(int)(blocks * ProtectedBlockBytes)];
            ScsiRequest request = ProtectedRequest(false, lba + done, done, blocks, expected ?? new(), forceUnitAccess: false) with { DataIn = piece };
            await Transfer("READ", request, cancellationToken).ConfigureAwait(false);
            into = into[piece.Length..];
            done += blocks;
        }
    }

    /// <summary>Writes whole blocks with the <see cref="ProtectionInformation"/> behind each, which the target checks before it writes. WRITE(10) or (16), on type 2 WRITE(32).</summary>
    /// <param name="lba">First block.</param>
    /// <param name="from">The blocks; its length is a multiple of <see cref="ProtectedBlockBytes"/>.</param>
    /// <param name="expected">What the target checks; everything when null.</param>
    /// <param name="forceUnitAccess">FUA.</param>
    /// <param name="cancellationToken">Aborts it; a part may be written then.</param>
    /// <exception cref="InvalidOperationException">The unit is formatted without protection.</exception>
    /// <exception cref="ScsiException">A check failed (ABORTED COMMAND, 10h/01h to 03h), or the write did.</exception>
    public async ValueTask WriteProtectedAsync(
        ulong lba, ReadOnlyMemory<byte> from, ProtectionExpectation? expected = null, bool forceUnitAccess = false, CancellationToken cancellationToken = default)
    {
        for (uint blocks = NextProtected(from.Length), done = 0; blocks > 0; blocks = NextProtected(from.Length))
        {
            ReadOnlyMemory<byte> piece = from[..(int)(blocks * ProtectedBlockBytes)];
            ScsiRequest request = ProtectedRequest(true, lba + done, done, blocks, expected ?? new(), forceUnitAccess) with { DataOut = piece };
            await Pieces.FollowAsync(Transfer("WRITE", request, cancellationToken), hasBegun: done > 0).ConfigureAwait(false);
            from = from[piece.Length..];
            done += blocks;
        }
    }

    private uint NextProtected(int lengthBytes)
    {
        if (Protection == ProtectionType.None)
        {
            throw new InvalidOperationException("the logical unit is formatted without protection information");
        }

        (uint blocks, uint rest) = Math.DivRem((uint)lengthBytes, ProtectedBlockBytes);
        uint most = Math.Max(1, (uint)_runner.Settings.MostTransferBytes / ProtectedBlockBytes);
        return rest == 0 ? Math.Min(blocks, Math.Min(most, MostTransferBlocks))
            : throw new ArgumentException($"{lengthBytes} bytes are not whole blocks of {ProtectedBlockBytes}", nameof(lengthBytes));
    }

    private ScsiRequest ProtectedRequest(bool isWrite, ulong lba, uint done, uint blocks, in ProtectionExpectation expected, bool forceUnitAccess)
    {
        const byte forced = 0x08;
        byte flags = (byte)((int)expected.Checks << 5 | (forceUnitAccess ? forced : 0));
        if (Protection == ProtectionType.Type2)
        {
            uint reference = unchecked((expected.ReferenceTag ?? (uint)(lba - done)) + done);
            byte[] cdb = LongBlockCdb.Make(
                isWrite ? ServiceAction.Write32 : ServiceAction.Read32, flags, lba, blocks, reference, expected.ApplicationTag, expected.ApplicationTagMask);
            return new ScsiRequest(Cdb16.From(cdb)) { LongCdb = cdb, Repeat = Repeat.Allowed, TimeLimit = _runner.Settings.TimeLimit };
        }

        byte ten = isWrite ? OperationCode.Write10 : OperationCode.Read10, sixteen = isWrite ? OperationCode.Write16 : OperationCode.Read16;
        return _runner.Request(BlockCdb.Make(BlockCdb.Fits(ten, lba, blocks) ? ten : sixteen, flags, lba, blocks), Repeat.Allowed);
    }
}
