namespace Blockwire.Scsi.Device.Tests;

/// <summary>The write cache of a unit, for tests.</summary>
internal static class WriteCache
{
    private const byte Caching = 0x08;

    /// <summary>Switches it off (WCE = 0).</summary>
    /// <param name="run">Runs a CDB with its data-out.</param>
    public static void Off(Func<byte[], byte[], Outcome> run)
    {
        byte[] page = run(Cdbs.ModeSense6(Caching, noDescriptors: true), []).DataIn[4..];
        page[2] = 0;
        run(Cdbs.ModeSelect6(4 + page.Length), [.. new byte[4], .. page]).ShouldBeGood();
    }
}
