using Blockwire.Scsi.Device;

namespace Blockwire.Target;

/// <summary>The targets of a server by name, and the place for discovery sessions that name none.</summary>
internal sealed class TargetRegistry
{
    private readonly Dictionary<string, TargetNode> _targets = new(StringComparer.Ordinal);

    public TargetRegistry(ServerContext server, IReadOnlyList<TargetOptions> targets)
    {
        Discovery = new TargetNode(server, "(discovery)", null, server.Options.DiscoveryChap, new ScsiTargetDevice("(discovery)", []));
        foreach (TargetOptions target in targets)
        {
            ScsiTargetDevice device = new(target.Name, target.Units, server.TargetPorts)
            {
                Time = server.Time,
                Random = server.Options.Random.Invoke,
                State = target.State,
                StateFault = failure => server.Log.StateNotKept(failure, target.Name),
            };
            device.RestoreAccessStates();
            foreach (PortGroupOptions group in target.PortGroups)
            {
                device.SetAccessState(group.Tag, group.State, group.Preferred);
            }

            TargetNode node = new(server, target.Name, target.Alias, target.Chap, device);
            device.TaskSets = node;
            _targets.Add(target.Name, node);
        }
    }

    /// <summary>Where discovery sessions live.</summary>
    public TargetNode Discovery { get; }

    public IEnumerable<TargetNode> Targets => _targets.Values;

    public IEnumerable<TargetNode> All => _targets.Values.Append(Discovery);

    public TargetNode? Find(string name) => _targets.GetValueOrDefault(name);
}
