using Microsoft.Win32.SafeHandles;

namespace Blockwire.Storage;

/// <summary>File calls by what .NET offers everywhere. Nothing tells whether a read would wait, so everything counts as if it did.</summary>
internal sealed class PortableFileCalls(SafeFileHandle file) : IFileCalls
{
    public FileFacts Facts { get; } = new(
        RandomAccess.GetLength(file), NeverBlocks: false, CanPunchHoles: false, ZeroesQuickly: false, AllocationBytes: 4096);

    public long LengthNow()
    {
        try
        {
            return RandomAccess.GetLength(file);
        }
        catch (IOException)
        {
            return -1;      // the next read or write tells what is wrong
        }
    }

    public int TryReadNow(long offset, Span<byte> into) => -1;

    public int TryWriteNow(long offset, ReadOnlySpan<byte> from) => -1;

    public IoStatus Read(long offset, Span<byte> into)
    {
        try
        {
            while (into.Length > 0)
            {
                int done = RandomAccess.Read(file, into, offset);
                if (done == 0) return IoStatus.ReadError;       // someone cut the file short
                into = into[done..];
                offset += done;
            }
            return IoStatus.Ok;
        }
        catch (Exception e) when (IsOfTheMedium(e))
        {
            return IoStatus.ReadError;
        }
    }

    public IoStatus Write(long offset, ReadOnlySpan<byte> from)
    {
        try
        {
            RandomAccess.Write(file, from, offset);
            return IoStatus.Ok;
        }
        catch (Exception e) when (IsOfTheMedium(e))
        {
            return IsNoSpace(e) ? IoStatus.NoSpace : IoStatus.WriteError;
        }
    }

    public IoStatus Sync()
    {
        try
        {
            RandomAccess.FlushToDisk(file);
            return IoStatus.Ok;
        }
        catch (Exception e) when (IsOfTheMedium(e))
        {
            return IsNoSpace(e) ? IoStatus.NoSpace : IoStatus.WriteError;
        }
    }

    public IoStatus PunchHole(long offset, long lengthBytes) => IoStatus.NotSupported;

    public IoStatus ZeroRange(long offset, long lengthBytes) => IoStatus.NotSupported;

    public bool TryReadAhead(long offset, long lengthBytes) => false;

    public IoStatus FindExtent(long offset, out bool isData, out long end)
    {
        (isData, end) = (true, Facts.LengthBytes);
        return IoStatus.Ok;
    }

    public void Dispose() => file.Dispose();

    private static bool IsOfTheMedium(Exception e) => e is IOException or UnauthorizedAccessException;

    /// <summary>ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL of Windows; ENOSPC, which has one number on every Unix.</summary>
    private static bool IsNoSpace(Exception e) =>
        OperatingSystem.IsWindows() ? e.HResult is unchecked((int)0x80070070) or unchecked((int)0x80070027) : e.HResult == 28;
}
