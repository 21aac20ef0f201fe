using System.Buffers;

namespace Blockwire.Protocol.Session;

/// <summary>A data segment that has arrived as a whole and still lies with the system.</summary>
public interface IUnfetchedData
{
    /// <summary>Fetches it.</summary>
    /// <param name="owner">A buffer as long as the data or longer, which the caller owns from now on.</param>
    /// <returns>False when the connection has gone: the bytes are not those that were sent.</returns>
    bool Fetch(out IMemoryOwner<byte> owner);
}
