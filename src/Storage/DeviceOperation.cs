namespace Blockwire.Storage;

/// <summary>The calls of <see cref="IBlockDevice"/>, as a set.</summary>
[Flags]
public enum DeviceOperation
{
    /// <summary>No call.</summary>
    None = 0,

    /// <summary><see cref="IBlockDevice.ReadAsync"/>.</summary>
    Read = 1,

    /// <summary><see cref="IBlockDevice.WriteAsync"/>.</summary>
    Write = 2,

    /// <summary><see cref="IBlockDevice.FlushAsync"/>.</summary>
    Flush = 4,

    /// <summary><see cref="IBlockDevice.UnmapAsync"/>.</summary>
    Unmap = 8,

    /// <summary><see cref="IBlockDevice.WriteZeroesAsync"/>.</summary>
    WriteZeroes = 16,

    /// <summary><see cref="IBlockDevice.QueryExtentAsync"/>.</summary>
    QueryExtent = 32,

    /// <summary><see cref="IBlockDevice.QuerySpaceAsync"/>.</summary>
    QuerySpace = 64,

    /// <summary>Every call that has an <see cref="IoStatus"/>.</summary>
    All = Read | Write | Flush | Unmap | WriteZeroes | QueryExtent,
}
