namespace Blockwire.Storage;

/// <summary>Zeros to lend and to write. Never written to, so on Linux all of it is one physical page.</summary>
internal static class ZeroPages
{
    /// <summary>Bytes of <see cref="Memory"/>.</summary>
    public const int LengthBytes = 32 << 20;

    private static readonly PageWindows Windows = new(new PageArena(LengthBytes));

    /// <summary>The whole area.</summary>
    public static ReadOnlyMemory<byte> Memory { get; } =
        Windows.TryGet(0, LengthBytes, out Memory<byte> memory) ? memory : throw new System.Diagnostics.UnreachableException();
}
