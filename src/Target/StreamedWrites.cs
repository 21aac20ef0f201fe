using System.Buffers;
using Blockwire.Transport;
using Blockwire.Wire;

namespace Blockwire.Target;

/// <summary>
/// Which payloads of a connection are left with the system for the disk to take: those of large writes whose whole data comes with the command, while disks do take them.
/// A disk that copies to memory then has the data put where it belongs by the receive itself.
/// </summary>
internal sealed class StreamedWrites(ReceiveWindow window, MemoryPool<byte> pool)
{
    /// <summary>Below this a receive for the header alone costs more than it saves: many writes come in one receive.</summary>
    public const int SmallestBytes = 128 << 10;

    // So many large writes in a row, nothing else between them, announce the next: among other PDUs a receive for a header alone costs more than it brings.
    private const int RowToExpect = 3;

    // After so many in a row that no disk took, so many are not tried.
    private const int VainOnes = 4, Pause = 1024;

    private StreamedPayload? _payload;
    private int _row;
    private int _vain;
    private int _pause;

    /// <summary>A PDU has come: does a large write seem to be next?</summary>
    /// <param name="header">BHS and AHS.</param>
    /// <param name="layout">Where everything is.</param>
    public void Expect(ReadOnlySpan<byte> header, in FrameLayout layout)
    {
        _row = layout.DataLength >= SmallestBytes && IsOfLargeWrite(header, layout) ? _row + 1 : 0;
        window.HeadersOnly = _row >= RowToExpect && window.CanLeaveData && (_pause == 0 || --_pause == 0);
    }

    /// <summary>Begins with the payload of a PDU whose header was received, when all of it is there. To be ended by <see cref="TryEnd"/>.</summary>
    /// <param name="header">BHS and AHS.</param>
    /// <param name="layout">Where everything is.</param>
    public StreamedPayload? TryBegin(ReadOnlySpan<byte> header, in FrameLayout layout)
    {
        Expect(header, layout);
        if (!window.HeadersOnly || !window.HasArrived(layout.DataLength))
        {
            return null;
        }

        _payload ??= new StreamedPayload(window, pool);
        _payload.Begin(layout.DataLength);
        return _payload;
    }

    /// <summary>Nobody has use for the payload any more. False when the connection is gone.</summary>
    public bool TryEnd(StreamedPayload payload)
    {
        if (payload.WasTaken)
        {
            _vain = 0;
        }
        else if (++_vain == VainOnes)
        {
            _vain = 0;
            _pause = Pause;
        }

        return payload.End();
    }

    // Data that is padded or has a digest is looked at by us, and what comes in parts is put together here.
    private static bool IsOfLargeWrite(ReadOnlySpan<byte> header, in FrameLayout layout)
    {
        if (layout.TotalLength != layout.DataOffset + layout.DataLength || new BhsView(header).Opcode != Opcode.ScsiCommand)
        {
            return false;
        }

        ScsiCommandView command = new(header);
        return command.Write && !command.Read && command.ExpectedDataTransferLength == (uint)layout.DataLength;
    }
}
