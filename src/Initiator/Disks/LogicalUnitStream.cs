using System.Buffers;

namespace Blockwire.Initiator;

/// <summary>
/// A logical unit as a stream of bytes: any offset, any length. Blocks that a write covers in part are read, changed and written; meanwhile no other stream of the same
/// <see cref="LogicalUnit"/> object writes them. Other initiators, and the unit's own operations, are not kept out.
/// </summary>
/// <remarks>
/// <para>What is written goes to the target at once; <see cref="FlushAsync"/> and closing bring it to stable storage (SYNCHRONIZE CACHE). The length is the unit's and cannot be set.
/// Errors are those of <see cref="LogicalUnit"/>.</para>
/// <para>A stream has one position, so that one caller uses it at a time; <see cref="ReadAtAsync"/> and <see cref="WriteAtAsync"/> have none and may run side by side.</para>
/// </remarks>
public sealed class LogicalUnitStream : Stream
{
    private readonly LogicalUnit _unit;
    private readonly bool _writable;
    private readonly uint _blockBytes;
    private long _position;
    private volatile bool _unflushed;
    private bool _closed;

    /// <summary>A stream over a unit.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="writable">May it be written? Never where the unit is write protected.</param>
    /// <exception cref="InvalidOperationException">The unit has no capacity.</exception>
    public LogicalUnitStream(LogicalUnit unit, bool writable = true)
    {
        _unit = unit;
        _blockBytes = unit.BlockBytes;
        _writable = writable && !unit.Facts.WriteProtected;
    }

    /// <inheritdoc/>
    public override bool CanRead => !_closed;

    /// <inheritdoc/>
    public override bool CanSeek => !_closed;

    /// <inheritdoc/>
    public override bool CanWrite => _writable && !_closed;

    /// <summary>Bytes on the unit, as it is now.</summary>
    public override long Length => (long)Math.Min(_unit.BlockCount, (ulong)(long.MaxValue / _blockBytes)) * _blockBytes;

    /// <inheritdoc/>
    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    /// <summary>Reads from an offset; gives the bytes read, fewer than asked for only at the end of the unit.</summary>
    public async ValueTask<int> ReadAtAsync(long offset, Memory<byte> into, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        into = into[..(int)Math.Clamp(Length - offset, 0, into.Length)];
        int read = into.Length;
        (long lba, long skip) = Math.DivRem(offset, _blockBytes);
        if (skip != 0 && !into.IsEmpty)
        {
            int piece = (int)Math.Min(_blockBytes - skip, into.Length);
            await ReadPartAsync((ulong)lba, (int)skip, into[..piece], cancellationToken).ConfigureAwait(false);
            into = into[piece..];
            lba++;
        }

        int whole = into.Length - into.Length % (int)_blockBytes;
        if (whole > 0)
        {
            await _unit.ReadAsync((ulong)lba, into[..whole], cancellationToken).ConfigureAwait(false);
            into = into[whole..];
            lba += whole / _blockBytes;
        }

        if (!into.IsEmpty)
        {
            await ReadPartAsync((ulong)lba, 0, into, cancellationToken).ConfigureAwait(false);
        }

        return read;
    }

    /// <summary>Writes at an offset.</summary>
    /// <exception cref="IOException">The data leaves the unit: nothing is written.</exception>
    public async ValueTask WriteAtAsync(long offset, ReadOnlyMemory<byte> from, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (!_writable)
        {
            throw new NotSupportedException($"{_unit.Name} is not to be written: it is write protected, or was opened for reading");
        }

        if (from.Length > Length - offset)
        {
            throw new IOException($"{_unit.Name}: {from.Length} bytes at {offset} do not fit on the unit, which has {Length} bytes; write less, or choose a larger unit");
        }

        try
        {
            await WriteWithinAsync(offset, from, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Set when it is over, whatever way: a flush that ran meanwhile has not promised anything about it.
            _unflushed = true;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await ReadAtAsync(_position, buffer, cancellationToken).ConfigureAwait(false);
        _position += read;
        return read;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await WriteAtAsync(_position, buffer, cancellationToken).ConfigureAwait(false);
        _position += buffer.Length;
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Brings to stable storage what was written (SYNCHRONIZE CACHE).</summary>
    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (_unflushed)
        {
            // A write that comes while this runs sets it again; one that fails to be flushed has to be flushed still.
            _unflushed = false;
            try
            {
                await _unit.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                _unflushed = true;
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public override void Flush() => FlushAsync(CancellationToken.None).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin)
    {
        long to = checked(offset + origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => _position,
            SeekOrigin.End => Length,
            _ => throw new ArgumentOutOfRangeException(nameof(origin)),
        });
        return to >= 0 ? _position = to : throw new IOException($"{_unit.Name}: nothing lies {-to} bytes before the beginning");
    }

    /// <summary>Not supported: the target decides how large the unit is.</summary>
    public override void SetLength(long value) => throw new NotSupportedException($"the length of {_unit.Name} is the target's to decide");

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (!_closed)
        {
            try
            {
                await FlushAsync(CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                _closed = true;
            }
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_closed)
        {
            try
            {
                Flush();
            }
            finally
            {
                _closed = true;
            }
        }

        base.Dispose(disposing);
    }

    private async ValueTask WriteWithinAsync(long offset, ReadOnlyMemory<byte> from, CancellationToken cancellationToken)
    {
        (long lba, long skip) = Math.DivRem(offset, _blockBytes);
        if (skip != 0 && !from.IsEmpty)
        {
            int piece = (int)Math.Min(_blockBytes - skip, from.Length);
            await WritePartAsync((ulong)lba, (int)skip, from[..piece], cancellationToken).ConfigureAwait(false);
            from = from[piece..];
            lba++;
        }

        int whole = from.Length - from.Length % (int)_blockBytes;
        if (whole > 0)
        {
            using (await _unit.Locks.TakeAsync((ulong)lba, (uint)whole / _blockBytes, exclusive: false, cancellationToken).ConfigureAwait(false))
            {
                await _unit.WriteAsync((ulong)lba, from[..whole], cancellationToken: cancellationToken).ConfigureAwait(false);
            }

            from = from[whole..];
            lba += whole / _blockBytes;
        }

        if (!from.IsEmpty)
        {
            await WritePartAsync((ulong)lba, 0, from, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask ReadPartAsync(ulong lba, int skip, Memory<byte> into, CancellationToken cancellationToken)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent((int)_blockBytes);
        await _unit.ReadAsync(lba, block.AsMemory(0, (int)_blockBytes), cancellationToken).ConfigureAwait(false);
        block.AsMemory(skip, into.Length).CopyTo(into);
        // Not given back when the read fails: then nobody can be sure that nothing is written into it any more.
        ArrayPool<byte>.Shared.Return(block);
    }

    private async ValueTask WritePartAsync(ulong lba, int skip, ReadOnlyMemory<byte> from, CancellationToken cancellationToken)
    {
        using (await _unit.Locks.TakeAsync(lba, 1, exclusive: true, cancellationToken).ConfigureAwait(false))
        {
            byte[] block = ArrayPool<byte>.Shared.Rent((int)_blockBytes);
            Memory<byte> whole = block.AsMemory(0, (int)_blockBytes);
            await _unit.ReadAsync(lba, whole, cancellationToken).ConfigureAwait(false);
            from.CopyTo(whole[skip..]);
            await _unit.WriteAsync(lba, whole, cancellationToken: cancellationToken).ConfigureAwait(false);
            ArrayPool<byte>.Shared.Return(block);
        }
    }
}
