namespace Blockwire.Testing.Targets;

/// <summary>The built `blockwire serve`.</summary>
public sealed class BlockwireTarget : ITestTarget
{
    private BlockwireTarget(ServerProcess server) => Server = server;

    public ServerProcess Server { get; }

    public string Portal => Server.Portal.ToString();

    public int Port => Server.Portal.Port;

    public string TargetName => Server.TargetName;

    public int ProcessId => Server.ProcessId;

    public bool IsAlive => Server.IsAlive;

    public string Log => Server.Log;

    public IReadOnlyList<string> LogLines => Server.LogLines;

    public static async Task<BlockwireTarget> StartAsync(IReadOnlyList<TestDisk> disks, int port) =>
        new(await ServerProcess.StartAsync([.. disks.Select(static disk => disk.ToDiskUri())], port));

    public int Lun(int disk) => Server.Units[disk].Lun;

    public Task KillAsync() => Server.KillAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
