using System.Buffers;
using System.Net;

namespace Blockwire.Trace.Capture;

/// <summary>
/// Writes what goes over TCP connections into a pcapng file of raw IP packets. Whoever moves bytes never waits for the file: segments go through a queue of
/// bounded memory to a thread that writes. What does not fit is left out and counted, and the next packet says how much is missing before it.
/// </summary>
/// <remarks>
/// The file holds whole blocks only, written with one call for what has gathered, so it can be read when the process was killed; the last block may be cut short when the
/// kill met that call. When the file cannot be written any more (no space), capturing ends, <see cref="Failure"/> tells why, and the connections go on.
/// </remarks>
public sealed class CaptureFile : IDisposable
{
    /// <summary>Bytes that may wait for the file, unless told otherwise.</summary>
    public const long DefaultQueueBytes = 64L << 20;

    /// <summary>LINKTYPE_RAW: a packet begins with its IP header, whose first half byte tells the version.</summary>
    internal const ushort RawIp = 101;

    private const int BatchBytes = 1 << 20;
    private const int EntryBytes = 128;

    private readonly Stream _stream;
    private readonly TimeProvider _time;
    private readonly long _queueBytes;
    private readonly Action<Exception>? _onFailure;
    private readonly Queue<Entry> _queue = new();
    private readonly PcapngBlocks _blocks = new();
    private readonly Thread _writer;
    private long _queued;
    private ulong _written;
    private ulong _lostSegments;
    private ulong _lostBytes;
    private bool _closing;

    /// <summary>Begins a capture: writes the head of the file and starts the thread.</summary>
    /// <param name="stream">Where to; it is disposed with the capture.</param>
    /// <param name="application">Name and version of the program, for the file's head.</param>
    /// <param name="time">The clock of the packets; the system's when null.</param>
    /// <param name="queueBytes">Most bytes that wait for the file.</param>
    /// <param name="onFailure">Told once, from the writing thread, when the file cannot be written any more.</param>
    /// <exception cref="IOException">The head cannot be written.</exception>
    public CaptureFile(
        Stream stream, string application, TimeProvider? time = null, long queueBytes = DefaultQueueBytes, Action<Exception>? onFailure = null)
    {
        _stream = stream;
        _time = time ?? TimeProvider.System;
        _queueBytes = queueBytes;
        _onFailure = onFailure;
        _blocks.AddSection(application);
        _blocks.AddInterface(RawIp, "blockwire");
        Write();
        _writer = new Thread(Run) { IsBackground = true, Name = "capture" };
        _writer.Start();
    }

    /// <summary>Why nothing is captured any more, or null.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Segments that did not fit into the queue so far.</summary>
    public ulong LostSegments
    {
        get
        {
            lock (Gate)
            {
                return LostInAll;
            }
        }
    }

    internal object Gate { get; } = new();

    private ulong LostInAll { get; set; }

    /// <summary>Creates the file, readable by its owner alone: a capture holds CHAP responses and what is on the disks.</summary>
    /// <param name="path">A new file, an empty one, or a capture, which is replaced.</param>
    /// <exception cref="IOException">It cannot be created; or it is there and no capture, and so not ours to replace.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be written.</exception>
    public static FileStream CreateStream(string path)
    {
        FileStreamOptions options = new()
        {
            Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.Read, BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        FileStream stream = new(path, options);
        try
        {
            if (stream.CanSeek && stream.Length > 0)
            {
                byte[] magic = new byte[4];
                if (stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) < 4 || BitConverter.ToUInt32(magic) != PcapngFormat.SectionHeader)
                {
                    throw new IOException("the file is there and is no pcapng capture; give another name");
                }

                stream.SetLength(0);
            }

            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>A connection begins: its handshake is noted.</summary>
    /// <param name="local">Our address.</param>
    /// <param name="remote">The peer's.</param>
    /// <param name="accepted">The peer connected to us; else we to the peer.</param>
    public CaptureConnection Open(IPEndPoint local, IPEndPoint remote, bool accepted)
    {
        CaptureConnection connection = new(this, local, remote);
        connection.Handshake(accepted);
        return connection;
    }

    /// <summary>Writes what waits and closes the file.</summary>
    public void Dispose()
    {
        lock (Gate)
        {
            if (_closing)
            {
                return;
            }

            _closing = true;
            Monitor.Pulse(Gate);
        }

        // A pipe that nobody reads must not keep the program from ending.
        _writer.Join(TimeSpan.FromSeconds(10));
        try
        {
            _stream.Dispose();
        }
        catch (IOException failure)
        {
            Fail(failure);
        }
    }

    /// <summary>Queues a segment and copies its payload, or counts it as lost. Called under <see cref="Gate"/>, so the order in the file is that of the calls.</summary>
    internal void Add(in CaptureSegment segment, ReadOnlySpan<byte> payload)
    {
        if (_closing || Failure is not null)
        {
            return;
        }

        if (_queued + payload.Length + EntryBytes > _queueBytes)
        {
            _lostSegments++;
            LostInAll++;
            _lostBytes += (ulong)payload.Length;
            return;
        }

        byte[] copy = payload.IsEmpty ? [] : ArrayPool<byte>.Shared.Rent(payload.Length);
        payload.CopyTo(copy);
        _queue.Enqueue(new(segment, Now(), copy, payload.Length, _lostSegments, _lostBytes));
        _queued += payload.Length + EntryBytes;
        _lostSegments = _lostBytes = 0;
        if (_queue.Count == 1)
        {
            Monitor.Pulse(Gate);
        }
    }

    private ulong Now() => (ulong)(_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    private void Run()
    {
        List<Entry> batch = [];
        while (TakeBatch(batch))
        {
            foreach (Entry entry in batch)
            {
                Format(entry);
            }

            batch.Clear();
            Write();
        }

        // What was lost behind the last packet shows here, and that nothing was, too.
        _blocks.AddStatistics(Now(), _written + LostSegments, LostSegments);
        Write();
    }

    private bool TakeBatch(List<Entry> batch)
    {
        lock (Gate)
        {
            while (_queue.Count == 0 && !_closing)
            {
                Monitor.Wait(Gate);
            }

            for (int bytes = 0; bytes < BatchBytes && _queue.TryDequeue(out Entry entry);)
            {
                batch.Add(entry);
                bytes += entry.Length + EntryBytes;
                _queued -= entry.Length + EntryBytes;
            }

            return batch.Count > 0;
        }
    }

    private void Format(in Entry entry)
    {
        if (Failure is null)
        {
            Span<byte> headers = stackalloc byte[TcpHeaders.MaxLength];
            ReadOnlySpan<byte> payload = entry.Payload.AsSpan(0, entry.Length);
            CaptureSegment it = entry.Segment;
            int length = TcpHeaders.Write(headers, it.Source, it.Destination, it.Sequence, it.Acknowledgment, it.Flags, payload);
            string? comment = entry.LostSegments == 0
                ? null
                : $"capture incomplete: {entry.LostSegments} segments with {entry.LostBytes} bytes of all connections are missing before this one, since the file could not be written fast enough";
            _written++;
            _blocks.AddPacket(entry.Nanoseconds, headers[..length], payload, comment, entry.LostSegments);
        }

        if (entry.Payload.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(entry.Payload);
        }
    }

    private void Write()
    {
        if (Failure is not null)
        {
            return;
        }

        long at = _stream.CanSeek ? _stream.Position : 0;
        try
        {
            _stream.Write(_blocks.Written.Span);
            _stream.Flush();
        }
        catch (Exception failure) when (_writer is not null && failure is IOException or ObjectDisposedException)
        {
            Fail(failure);
            DropHalfABlock(at);
        }

        _blocks.Clear();
    }

    private void DropHalfABlock(long at)
    {
        try
        {
            if (_stream.CanSeek)
            {
                _stream.SetLength(at);
            }
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // The first failure is told already; readers put up with a last block that is cut short.
        }
    }

    private void Fail(Exception failure)
    {
        lock (Gate)
        {
            if (Failure is not null)
            {
                return;
            }

            Failure = failure;
        }

        _onFailure?.Invoke(failure);
    }

    private readonly record struct Entry(
        CaptureSegment Segment, ulong Nanoseconds, byte[] Payload, int Length, ulong LostSegments, ulong LostBytes);
}
