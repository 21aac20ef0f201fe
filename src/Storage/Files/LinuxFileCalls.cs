using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Blockwire.Storage;

/// <summary>File calls by Linux system calls; 64-bit processes only, where off_t is a native integer.</summary>
internal sealed unsafe class LinuxFileCalls : IFileCalls
{
    private readonly SafeFileHandle _file;
    private readonly bool _isBlockDevice;
    private long _lengthBytes;

    public LinuxFileCalls(SafeFileHandle file, LinuxFileKind kind)
    {
        _file = file;
        _isBlockDevice = kind.IsBlockDevice;
        Facts = new FileFacts(
            LinuxFile.LengthOf(file),
            NeverBlocks: !kind.IsBlockDevice && LinuxFile.LivesInMemory(file),
            CanPunchHoles: kind.IsBlockDevice ? kind.CanDiscard : TakesHoles(file, kind.AllocationBytes),
            ZeroesQuickly: true,
            kind.AllocationBytes);
        _lengthBytes = Facts.LengthBytes;
    }

    public FileFacts Facts { get; }

    public static bool IsSupported => OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    public int TryReadNow(long offset, Span<byte> into)
    {
        if (!LinuxFile.HasVectorCalls) return -1;
        fixed (byte* at = into)
        {
            IoVector vector = new(at, into.Length);
            return CountNow(LinuxFile.PReadV2(_file, &vector, 1, (nint)offset, LinuxFile.NoWait));
        }
    }

    public int TryWriteNow(long offset, ReadOnlySpan<byte> from)
    {
        if (!LinuxFile.HasVectorCalls) return -1;
        fixed (byte* at = from)
        {
            IoVector vector = new(at, from.Length);
            return CountNow(LinuxFile.PWriteV2(_file, &vector, 1, (nint)offset, LinuxFile.NoWait));
        }
    }

    public IoStatus Read(long offset, Span<byte> into)
    {
        while (into.Length > 0)
        {
            nint done;
            fixed (byte* at = into) done = LinuxFile.PRead(_file, at, (nuint)into.Length, (nint)offset);
            if (done == 0) return IoStatus.ReadError;       // someone cut the file short
            if (done < 0)
            {
                if (IsInterrupted) continue;
                return LinuxErrors.ToStatus(Marshal.GetLastPInvokeError(), IoStatus.ReadError);
            }
            into = into[(int)done..];
            offset += done;
        }
        return IoStatus.Ok;
    }

    public IoStatus Write(long offset, ReadOnlySpan<byte> from)
    {
        while (from.Length > 0)
        {
            nint done;
            fixed (byte* at = from) done = LinuxFile.PWrite(_file, at, (nuint)from.Length, (nint)offset);
            if (done == 0) return IoStatus.WriteError;
            if (done < 0)
            {
                if (IsInterrupted) continue;
                return LinuxErrors.ToStatus(Marshal.GetLastPInvokeError(), IoStatus.WriteError);
            }
            from = from[(int)done..];
            offset += done;
        }
        return IoStatus.Ok;
    }

    public IoStatus Sync()
    {
        while (LinuxFile.FDataSync(_file) != 0)
        {
            if (!IsInterrupted) return LinuxErrors.ToStatus(Marshal.GetLastPInvokeError(), IoStatus.WriteError);
        }
        return IoStatus.Ok;
    }

    public IoStatus PunchHole(long offset, long lengthBytes) => Allocate(_file, LinuxFile.PunchHole | LinuxFile.KeepSize, offset, lengthBytes);

    public IoStatus ZeroRange(long offset, long lengthBytes) => Allocate(_file, LinuxFile.ZeroRange | LinuxFile.KeepSize, offset, lengthBytes);

    public long LengthNow()
    {
        long length = LinuxFile.Seek(_file, 0, LinuxFile.SeekEnd);
        if (length > Volatile.Read(ref _lengthBytes)) Volatile.Write(ref _lengthBytes, length);
        return length;
    }

    public SpaceUsage? FindSpace() => _isBlockDevice ? null : LinuxFile.SpaceOf(_file);

    public bool TryReadAhead(long offset, long lengthBytes) =>
        LinuxFile.FAdvise(_file, (nint)offset, (nint)lengthBytes, LinuxFile.WillNeed) == 0;

    public IoStatus FindExtent(long offset, out bool isData, out long end)
    {
        (isData, end) = (true, Volatile.Read(ref _lengthBytes));
        if (_isBlockDevice) return IoStatus.Ok;
        long data = LinuxFile.Seek(_file, (nint)offset, LinuxFile.SeekData);
        if (data < 0) return NoneFound(ref isData);
        isData = data == offset;
        if (!isData)
        {
            end = Math.Min(data, end);
            return IoStatus.Ok;
        }
        long hole = LinuxFile.Seek(_file, (nint)offset, LinuxFile.SeekHole);
        if (hole > offset) end = Math.Min(hole, end);       // a hole dug between the two calls counts as none yet
        return IoStatus.Ok;
    }

    public FileMapping? TryMap() => FileMapping.TryMap(_file, Facts.LengthBytes, isWritable: Facts.NeverBlocks);

    public void NoteChange() => _ = LinuxFile.SetTimes(_file, null);

    public void Dispose() => _file.Dispose();

    private static bool IsInterrupted => Marshal.GetLastPInvokeError() == LinuxErrors.Interrupted;

    /// <summary>An error is left to the blocking call that follows, which meets it again and reports it.</summary>
    private static int CountNow(nint done) =>
        done >= 0 ? (int)done : LinuxErrors.IsUnsupported(Marshal.GetLastPInvokeError()) ? -1 : 0;

    /// <summary>No data from here to the end is ENXIO; a file system without holes says EINVAL or EOPNOTSUPP.</summary>
    private static IoStatus NoneFound(ref bool isData)
    {
        int error = Marshal.GetLastPInvokeError();
        isData = error != LinuxErrors.NoSuchAddress;
        return error is LinuxErrors.NoSuchAddress or LinuxErrors.Invalid || LinuxErrors.IsUnsupported(error)
            ? IoStatus.Ok
            : LinuxErrors.ToStatus(error, IoStatus.ReadError);
    }

    /// <summary>A hole behind the end of the file changes nothing and tells what the file system can.</summary>
    private static bool TakesHoles(SafeFileHandle file, int lengthBytes) =>
        Allocate(file, LinuxFile.PunchHole | LinuxFile.KeepSize, LinuxFile.LengthOf(file), lengthBytes) == IoStatus.Ok;

    private static IoStatus Allocate(SafeFileHandle file, int mode, long offset, long lengthBytes)
    {
        while (LinuxFile.FAllocate(file, mode, (nint)offset, (nint)lengthBytes) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error == LinuxErrors.Interrupted) continue;
            return LinuxErrors.IsUnsupported(error) ? IoStatus.NotSupported : LinuxErrors.ToStatus(error, IoStatus.WriteError);
        }
        return IoStatus.Ok;
    }
}
