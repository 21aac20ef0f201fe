using System.Buffers;
using System.Runtime.InteropServices;

namespace Blockwire.Storage;

/// <summary>
/// The data of one write that has arrived at this machine and still lies with the system. A device that writes by copying to memory of its own has it put straight there
/// (<see cref="TryFind"/>); whoever else looks at the bytes has them fetched to a buffer by looking, and need not know.
/// </summary>
/// <remarks>
/// Bytes that a device has taken are nowhere else: to look at them afterwards is a defect, and throws. So they can be taken only once somebody has said that nobody will,
/// <see cref="Offer"/>, which asks <see cref="IBlockDevice.TakesStreamedData"/> first. For one thread at a time, and only until the call that it was given to completes.
/// </remarks>
public abstract class StreamedData : MemoryManager<byte>
{
    private bool _isOffered;

    /// <summary>Says that whoever the data is given to next is the last to want it. Any other memory stays as it is.</summary>
    /// <param name="data">What is about to be written.</param>
    /// <param name="to">Whom it will be given to.</param>
    public static void Offer(ReadOnlyMemory<byte> data, IBlockDevice to)
    {
        if (MemoryMarshal.TryGetMemoryManager(data, out StreamedData? streamed) && to.TakesStreamedData)
        {
            streamed._isOffered = true;
        }
    }

    /// <summary>Can this be taken: is it streamed, the whole of it, offered, and looked at by nobody yet?</summary>
    /// <param name="data">What a device is to write.</param>
    /// <param name="streamed">Whose <see cref="Take"/> puts it where the device wants it.</param>
    public static bool TryFind(ReadOnlyMemory<byte> data, out StreamedData streamed) =>
        MemoryMarshal.TryGetMemoryManager(data, out streamed!, out int start, out int lengthBytes)
        && start == 0 && streamed._isOffered && lengthBytes == streamed.UntouchedBytes;

    /// <summary>Puts the data in its place.</summary>
    /// <param name="into">As long as the data. The system alone puts bytes there, so it may be memory of a file, where a program that writes itself could be ended by SIGBUS.</param>
    /// <param name="rest">What is behind the bytes that went there, for the device to write in another way: not empty where the memory could not be written to. Valid as long as the data.</param>
    /// <returns>False when the connection is gone: any of the bytes may have come.</returns>
    public abstract bool Take(Span<byte> into, out ReadOnlyMemory<byte> rest);

    /// <summary>Length of the data while nobody has looked at it or taken it, then 0.</summary>
    protected abstract int UntouchedBytes { get; }

    /// <summary>The next data is not offered yet.</summary>
    protected void Withdraw() => _isOffered = false;
}
