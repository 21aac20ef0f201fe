using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <summary>What the core queued goes out as the link takes it; what was sent is given back then and not before.</summary>
internal sealed class ConnectionOutput(SimTarget target, SimSession session, TargetConnection connection, Link link)
{
    private PduBatch? _batch;
    private int _next;
    private bool _waited;
    private bool _flushing;
    private bool _broken;
    private bool _closeWhenDrained;
    private bool _halfClosed;

    /// <summary>The login has been answered.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Some of what was taken from the core is not out.</summary>
    public bool IsSending => _batch is not null;

    public void Open() => IsOpen = true;

    public void CloseWhenDrained() => _closeWhenDrained = true;

    public void Flush()
    {
        if (_flushing || _broken || _halfClosed || !IsOpen)
        {
            return;
        }

        _flushing = true;
        while (!_broken && SendOne())
        {
            // as much as there is room for
        }

        _flushing = false;
    }

    /// <summary>Nothing more is sent; what was being sent is given back.</summary>
    public void Break(ITargetEffects effects)
    {
        _broken = true;
        if (_batch is { } batch)
        {
            _batch = null;
            long charge = batch.Charge;
            batch.Recycle();
            session.Core.Credit(charge, effects);
        }
    }

    private bool SendOne()
    {
        if (_batch is null)
        {
            if (!connection.HasOutgoing)
            {
                if (_closeWhenDrained)
                {
                    _halfClosed = true;
                    link.ToInitiator.Finish();
                }

                return false;
            }

            _batch = connection.TakeOutgoing(new PduBatch());
            _batch.Seal(connection.Parameters.HeaderDigest == DigestKind.Crc32C, connection.Parameters.DataDigest == DigestKind.Crc32C);
            _next = 0;
        }

        if (_next < _batch.Count)
        {
            if (!link.ToInitiator.HasRoom)
            {
                _waited = true;
                return false;
            }

            Write(_batch, _next++);
            return true;
        }

        PduBatch sent = _batch;
        _batch = null;
        long charge = sent.Charge;
        sent.Recycle();
        if (charge > 0)
        {
            session.Do((core, effects) => core.Credit(charge, effects));
        }

        if (_waited)
        {
            _waited = false;
            connection.TakesAnswers(target.Timeline.Now);
        }

        return true;
    }

    private void Write(PduBatch batch, int index)
    {
        ReadOnlyMemory<byte> data = batch.Data(index);
        if (!data.IsEmpty && System.Runtime.InteropServices.MemoryMarshal.TryGetArray(data, out ArraySegment<byte> segment) && segment.Count > 0 && segment.Array![segment.Offset] == 0xDD)
        {
            BrokenRuleException.Unless(target.Pool.Owns(data) || !IsSpoilt(segment), "data that is sent has not gone back to the pool");
        }

        int first = index * PduBatch.MaxPiecesPerPdu;
        byte[] bytes = [.. batch.Piece(first).Span, .. batch.Piece(first + 1).Span, .. batch.Piece(first + 2).Span];
        bool headerDigest = connection.Parameters.HeaderDigest == DigestKind.Crc32C;
        bool dataDigest = connection.Parameters.DataDigest == DigestKind.Crc32C;
        target.Trace.Add($"target  c{connection.Cid} -> {PduText.Of(bytes)}");
        link.ToInitiator.Write(Frame.Of(bytes, FrameLayout.Measure(bytes, headerDigest, dataDigest)));
    }

    private static bool IsSpoilt(ArraySegment<byte> segment) => !segment.AsSpan().ContainsAnyExcept((byte)0xDD);
}
