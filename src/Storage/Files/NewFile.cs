using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Blockwire.Storage;

/// <summary>What a file that was just created needs before it is a disk.</summary>
internal static class NewFile
{
    private const int PieceBytes = 1 << 20;

    /// <summary>Gives the file all its space. Where the system has no call for it, by writing zeros.</summary>
    public static void Allocate(SafeFileHandle file, long lengthBytes)
    {
        if (LinuxFileCalls.IsSupported)
        {
            int error;
            do
            {
                error = LinuxFile.FAllocate(file, 0, 0, (nint)lengthBytes) == 0 ? 0 : Marshal.GetLastPInvokeError();
            }
            while (error == LinuxErrors.Interrupted);
            if (error == 0) return;
            if (!LinuxErrors.IsUnsupported(error)) throw LinuxFile.ErrorOf("its space could not be set aside", error);
        }
        for (long offset = 0; offset < lengthBytes; offset += PieceBytes)
            RandomAccess.Write(file, ZeroPages.Memory.Span[..(int)Math.Min(PieceBytes, lengthBytes - offset)], offset);
    }

    /// <summary>Puts the name on stable storage, or the first flush would keep the data of a file that nobody finds after a power cut.</summary>
    public static void SyncName(string path)
    {
        string directory = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        if (!LinuxFile.TrySyncDirectory(directory)) throw LinuxFile.LastError($"directory {directory} could not be flushed");
    }
}
