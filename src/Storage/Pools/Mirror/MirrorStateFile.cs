namespace Blockwire.Storage;

/// <summary>Where a copy of a mirror's state lies: bytes of a fixed length that survive, and nothing more. The seam for tests.</summary>
internal interface IMirrorStore : IAsyncDisposable
{
    /// <summary>Everything there is; null when nothing was ever written.</summary>
    byte[]? Read();

    /// <summary>Makes the place, with its first content, at once or not at all.</summary>
    void Create(ReadOnlySpan<byte> content);

    /// <summary>Writes at a place and returns when it is on stable storage. What is torn by a crash is torn there only.</summary>
    void Write(int offset, ReadOnlySpan<byte> content);
}

/// <summary>
/// A copy of a mirror's state in two halves that are written in turn, so that a torn write leaves the one before it whole.
/// </summary>
/// <param name="store">Where it lies, owned by the file.</param>
internal sealed class MirrorStateFile(IMirrorStore store) : IAsyncDisposable
{
    private const int Unit = 4096;

    private int _halfBytes;
    private int _next;

    /// <summary>The newest whole state, or null when there is none.</summary>
    /// <param name="problem">Something is there that is no whole state: what, in words that follow the file's name.</param>
    public MirrorRecord? Load(out string? problem)
    {
        problem = null;
        byte[]? bytes;
        try
        {
            bytes = store.Read();
            if (bytes is null) return null;
            int half = bytes.Length / 2;
            MirrorRecord? first = MirrorRecordCodec.Decode(bytes.AsSpan(0, half));
            MirrorRecord? second = MirrorRecordCodec.Decode(bytes.AsSpan(half));
            bool isFirst = second is null || (first is not null && first.Generation > second.Generation);
            MirrorRecord? newest = isFirst ? first : second;
            if (newest is null) problem = "is damaged";
            else if (half == HalfBytes(newest)) (_halfBytes, _next) = (half, isFirst ? 1 : 0);
            return newest;
        }
        catch (NotSupportedException e)
        {
            problem = $"is of a later version of Blockwire: {e.Message}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = $"cannot be read: {DiskText.Printable(e.Message)}";
        }
        return null;
    }

    /// <summary>Puts a state on stable storage.</summary>
    /// <exception cref="IOException">It could not.</exception>
    public void Save(MirrorRecord record)
    {
        byte[] bytes = MirrorRecordCodec.Encode(record);
        int half = HalfBytes(record);
        if (_halfBytes != half)
        {
            byte[] whole = new byte[2 * half];
            bytes.CopyTo(whole, 0);
            store.Create(whole);
            (_halfBytes, _next) = (half, 1);
            return;
        }
        store.Write(_next * half, bytes);
        _next = 1 - _next;
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private static int HalfBytes(MirrorRecord record) => (MirrorRecordCodec.LengthOf(record.Regions, record.Members.Length) + Unit - 1) / Unit * Unit;
}

/// <summary>A state in the file system. The file is made by writing another one, flushing it and renaming it.</summary>
internal sealed class MirrorStoreInFile(string path) : IMirrorStore
{
    private Microsoft.Win32.SafeHandles.SafeFileHandle? _file;

    public byte[]? Read() => DurableFile.Read(path);

    public void Create(ReadOnlySpan<byte> content)
    {
        Close();
        DurableFile.Replace(path, content);
    }

    public void Write(int offset, ReadOnlySpan<byte> content)
    {
        // Opened for each mirror once; two servers on one state are kept apart by its lock.
        _file ??= File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        RandomAccess.Write(_file, content, offset);
        RandomAccess.FlushToDisk(_file);
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }
}
