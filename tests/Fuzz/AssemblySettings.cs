// Each test drives a server process of its own with many connections; two at once would only hide which one hurt it.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
