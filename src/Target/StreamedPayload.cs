using System.Buffers;
using Blockwire.Protocol.Session;
using Blockwire.Storage;
using Blockwire.Transport;

namespace Blockwire.Target;

/// <summary>
/// The payload of one PDU that has arrived and lies with the system, until the core or the disk wants it. One object a connection, for one PDU after the other, between
/// <see cref="Begin"/> and <see cref="End"/>.
/// </summary>
internal sealed class StreamedPayload(ReceiveWindow window, MemoryPool<byte> pool) : StreamedData, IUnfetchedData
{
    private IMemoryOwner<byte>? _buffer;
    private int _lengthBytes;
    private bool _isTouched;
    private bool _isGone;

    /// <inheritdoc/>
    public override Memory<byte> Memory => CreateMemory(_lengthBytes);

    /// <summary>The disk has taken the data of this PDU.</summary>
    public bool WasTaken { get; private set; }

    /// <inheritdoc/>
    protected override int UntouchedBytes => _isTouched ? 0 : _lengthBytes;

    /// <summary>A payload that <see cref="ReceiveWindow.HasArrived"/>.</summary>
    public void Begin(int lengthBytes)
    {
        Withdraw();
        _lengthBytes = lengthBytes;
        _isTouched = _isGone = WasTaken = false;
    }

    /// <summary>Fetches what nobody wanted, so that the next PDU follows. False when the connection is gone.</summary>
    public bool End()
    {
        if (!_isTouched)
        {
            FetchToBuffer();
        }

        _buffer?.Dispose();
        _buffer = null;
        _lengthBytes = 0;
        return !_isGone;
    }

    /// <inheritdoc/>
    public bool Fetch(out IMemoryOwner<byte> owner)
    {
        if (!_isTouched)
        {
            FetchToBuffer();
        }

        owner = _buffer ?? throw Missing();
        _buffer = null;
        return !_isGone;
    }

    /// <inheritdoc/>
    public override bool Take(Span<byte> into, out ReadOnlyMemory<byte> rest)
    {
        if (_isTouched || into.Length != _lengthBytes)
        {
            throw Missing();
        }

        _isTouched = WasTaken = true;
        rest = default;
        _isGone = !window.TryFetch(into, out int there);
        if (!_isGone && there < into.Length)
        {
            _buffer = pool.Rent(into.Length - there);
            Memory<byte> behind = _buffer.Memory[..(into.Length - there)];
            _isGone = !window.TryFetch(behind.Span, out _);
            rest = behind;
        }

        return !_isGone;
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The connection is gone.</exception>
    public override Span<byte> GetSpan()
    {
        if (!_isTouched)
        {
            FetchToBuffer();
        }

        return _isGone ? throw new IOException("the connection was lost before the data was fetched") : (_buffer ?? throw Missing()).Memory.Span[.._lengthBytes];
    }

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        GetSpan();
        return _buffer!.Memory[elementIndex..].Pin();
    }

    /// <inheritdoc/>
    public override void Unpin()
    {
        // the handle is that of the buffer's own memory
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _buffer?.Dispose();

    private void FetchToBuffer()
    {
        _isTouched = true;
        _buffer = pool.Rent(_lengthBytes);
        Span<byte> place = _buffer.Memory.Span[.._lengthBytes];
        _isGone = !window.TryFetch(place, out int there);
        place[there..].Clear(); // the buffer may hold what others have sent
    }

    private static InvalidOperationException Missing() => new("the data has gone to a disk or to a task: it is not here any more");
}
